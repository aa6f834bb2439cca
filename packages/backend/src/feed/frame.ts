import type { FeedItem, Token } from "@roomlog/schemas"

/**
 * One item of a subscription for everybody who is told it: turned into JSON once, and into bytes once for each tRPC
 * request id. Subscribers that use the same id share one buffer.
 */
export class Told<Item> {
  readonly item: Item
  readonly #bytes = new Map<number | string, Buffer>()
  #json: string | undefined

  constructor(item: Item) {
    this.item = item
  }

  get json(): string {
    this.#json ??= JSON.stringify(this.item)
    return this.#json
  }

  /** The finished message of tRPC's WebSocket protocol: what `wsLink` expects of an ordinary server. */
  bytes(request: number | string): Buffer {
    let bytes = this.#bytes.get(request)
    if (bytes === undefined) {
      bytes = Buffer.from(`{"id":${JSON.stringify(request)},"result":{"type":"data",${this.data}}}`)
      this.#bytes.set(request, bytes)
    }
    return bytes
  }

  protected get data(): string {
    return `"data":${this.json}`
  }
}

/** One item of a room's subscription. tRPC calls it tracked: a client that lost its connection says the last token. */
export class Frame extends Told<FeedItem> {
  readonly token: Token

  constructor(token: Token, item: FeedItem) {
    super(item)
    this.token = token
  }

  protected override get data(): string {
    return `"id":"${this.token}","data":{"id":"${this.token}","data":${this.json}}`
  }
}
