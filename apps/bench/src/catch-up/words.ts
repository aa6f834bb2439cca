/** Who comes back, and to what, as the first argument of `returning.ts` and `pages.ts`. */
export interface Return {
  /** Of the server for clients, of the database for bare reads. */
  readonly url: string
  readonly token: string
  /** The clients, each by its room. */
  readonly rooms: ReadonlyArray<string>
  /** Rooms of the same size that are read before anything is measured, so that no code is cold. */
  readonly warm: ReadonlyArray<string>
  /** How many events each of them missed. */
  readonly missed: number
  /** Events in a page, for bare reads. */
  readonly page: number
  /** Connections to the database, for bare reads. */
  readonly connections: number
}

/** The seq after which a room has its texts: its making comes before them. */
export const begun = 2

/** What came of it: milliseconds from the first question until everybody had everything. */
export interface Returned {
  readonly took: number
}
