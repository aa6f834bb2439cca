export { attachBridge, type BridgeSources } from "./bridge.ts"
export { bridgeOptions } from "./options.ts"
export { mountRest, type RestSources } from "./rest/door.ts"
export type { Media } from "./session.ts"
