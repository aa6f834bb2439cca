import type { FeedItem, Token } from "@roomlog/schemas"

/**
 * One item of a room's subscription, turned into JSON once and into bytes once for each tRPC request id. Subscribers
 * that use the same id share one buffer.
 */
export class Frame {
  readonly token: Token
  readonly item: FeedItem
  readonly #bytes = new Map<number | string, Buffer>()
  #json: string | undefined

  constructor(token: Token, item: FeedItem) {
    this.token = token
    this.item = item
  }

  get json(): string {
    this.#json ??= JSON.stringify(this.item)
    return this.#json
  }

  /** The finished message of tRPC's WebSocket protocol for a tracked item: what `wsLink` expects of an ordinary server. */
  bytes(request: number | string): Buffer {
    let bytes = this.#bytes.get(request)
    if (bytes === undefined) {
      const { token } = this
      bytes = Buffer.from(
        `{"id":${JSON.stringify(request)},"result":{"type":"data","id":"${token}","data":{"id":"${token}","data":${this.json}}}}`,
      )
      this.#bytes.set(request, bytes)
    }
    return bytes
  }
}
