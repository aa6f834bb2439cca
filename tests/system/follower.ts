import type { AppRouter } from "@roomlog/backend"
import type { FeedItem, RoomId, Token } from "@roomlog/schemas"
import { createTRPCClient, createWSClient, wsLink } from "@trpc/client"
import { WebSocket } from "ws"
import type { Doors } from "./doors.ts"

export interface Told {
  readonly id: string
  readonly data: FeedItem
}

/** tRPC's own client, unmodified, over a WebSocket whose cable can be cut. */
export const trpc = (doors: Doors, token: string, at = doors.url) => {
  let newest: WebSocket | undefined
  class Cuttable extends WebSocket {
    constructor(url: string) {
      super(url)
      newest = this
    }
  }
  const client = createWSClient({
    url: `${at.replace("http", "ws")}/trpc`,
    WebSocket: Cuttable as unknown as typeof globalThis.WebSocket,
    connectionParams: { token },
    retryDelayMs: () => 0,
  })
  doors.whenOver(() => void client.close())
  const api = createTRPCClient<AppRouter>({ links: [wsLink({ client })] })
  return { api, cut: () => newest?.terminate(), follow: (room: RoomId, from?: Token) => new Follower(api, room, from) }
}

export type Api = ReturnType<typeof trpc>["api"]

/** What a subscription was told. */
export class Follower {
  readonly items: Told[] = []
  readonly errors: unknown[] = []
  readonly stop: () => void
  readonly #waiting = new Set<() => void>()

  constructor(api: Api, room: RoomId, from: Token | undefined) {
    const { unsubscribe } = api.room.follow.subscribe(from === undefined ? { room } : { room, from }, {
      onData: (item) => this.#note(() => this.items.push(item)),
      onError: (error) => this.#note(() => this.errors.push(error)),
    })
    this.stop = unsubscribe
  }

  /** Seqs in the order in which they were told. */
  get seqs(): ReadonlyArray<number> {
    return happened(this.items).map(({ seq }) => seq)
  }

  /** Waits until it was told everything up to a seq. */
  reaches(seq: number): Promise<void> {
    return this.#until(() => (this.seqs.at(-1) ?? 0) >= seq)
  }

  isLive(): Promise<void> {
    return this.#until(() => this.items.some(({ data }) => data._tag === "Live"))
  }

  /** Waits for the reason why it may not go on. */
  async isRefused(): Promise<unknown> {
    await this.#until(() => this.errors.length > 0)
    return this.errors[0]
  }

  #note(what: () => void): void {
    what()
    for (const look of this.#waiting) look()
  }

  #until(isSo: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!isSo()) return
        this.#waiting.delete(look)
        resolve()
      }
      this.#waiting.add(look)
      look()
    })
  }
}

/** The events among what was told. */
export const happened = (items: ReadonlyArray<Told>) =>
  items.flatMap(({ data }) => (data._tag === "Events" ? data.events : []))

/** The seqs from `first` to `last`. */
export const run = (last: number, first = 1): ReadonlyArray<number> =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i)
