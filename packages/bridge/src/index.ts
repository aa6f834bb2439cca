export { attachBridge, type BridgeSources } from "./bridge.ts"
export { bridgeOptions } from "./options.ts"
export type { Media } from "./session.ts"
