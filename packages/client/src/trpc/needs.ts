import type { Cell } from "../cell.ts"
import type { Clock } from "../clock.ts"
import type { Connection, ConnectOptions } from "../contract.ts"

/** What a way to the server is made of. */
export interface LinkNeeds {
  readonly options: ConnectOptions
  readonly clock: Clock
  readonly retryDelay: (n: number) => number
  readonly connection: Cell<Connection>
  /** Who speaks: `null` is nobody, an empty object whoever the browser's cookie says. */
  readonly speaker: () => { readonly token?: string } | null
}

/** The `fetch` that the options name. */
export const fetchOf = ({ fetch = globalThis.fetch }: ConnectOptions): typeof globalThis.fetch => fetch.bind(globalThis)

/** The header that speaks for a service. */
export const authorization = (speaker: { readonly token?: string } | null): Record<string, string> =>
  speaker?.token === undefined ? {} : { authorization: `Bearer ${speaker.token}` }
