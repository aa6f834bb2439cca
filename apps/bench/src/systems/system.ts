/** A chat server in processes of its own, over a real database, that people can talk on. */
export interface System {
  readonly url: string
  /** How its clients speak (`talk/dialects.ts`). */
  readonly dialect: string
  readonly pid: number
  /** Further nodes of the same chat. */
  readonly others?: ReadonlyArray<{ readonly url: string; readonly pid: number }>
  /** CPU time of its database so far, in microseconds. */
  readonly databaseCpu: () => number
  /** How many texts are stored. */
  readonly stored: () => Promise<number>
  readonly stop: () => Promise<void>
}
