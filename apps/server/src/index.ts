export { type Config, readConfig, variables } from "./config.ts"
export { openDatabase } from "./database.ts"
export { uuid, v7 } from "./ids.ts"
export { type Surroundings, startServer } from "./server.ts"
