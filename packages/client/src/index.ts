export { connect } from "./connect.ts"
export * from "./contract.ts"
