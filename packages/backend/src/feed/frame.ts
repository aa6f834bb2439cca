import type { FeedItem, Token } from "@roomlog/schemas"
import type { Line } from "./line.ts"

/**
 * One item of a subscription for everybody who is told it: turned into JSON once, and into a WebSocket frame once for
 * each tRPC request id. Subscribers that use the same id share one buffer.
 */
export class Told<Item> {
  readonly #frames = new Map<number | string, Buffer>()
  #item: Item | undefined
  #json: string | undefined

  /** Made of the item, or of its JSON. */
  constructor(item: Item | undefined, json?: string) {
    this.#item = item
    this.#json = json
  }

  get item(): Item {
    this.#item ??= JSON.parse(this.json) as Item
    return this.#item
  }

  get json(): string {
    this.#json ??= JSON.stringify(this.#item)
    return this.#json
  }

  /** The finished WebSocket frame with a message of tRPC's protocol: what `wsLink` expects of an ordinary server. */
  frame(request: number | string): Buffer {
    let frame = this.#frames.get(request)
    if (frame === undefined) {
      frame = textFrame(`{"id":${JSON.stringify(request)},"result":{"type":"data",${this.data}}}`)
      this.#frames.set(request, frame)
    }
    return frame
  }

  protected get data(): string {
    return `"data":${this.json}`
  }
}

/** One item of a room's subscription. tRPC calls it tracked: a client that lost its connection says the last token. */
export class Frame extends Told<FeedItem> {
  readonly token: Token

  constructor(token: Token, item: FeedItem | undefined, json?: string) {
    super(item, json)
    this.token = token
  }

  /** Events that follow each other, up to the one of the token. */
  static of(token: Token, lines: ReadonlyArray<Line>): Frame {
    return new Frame(token, undefined, `{"_tag":"Events","events":[${lines.map(({ json }) => json).join(",")}]}`)
  }

  protected override get data(): string {
    return `"id":"${this.token}","data":{"id":"${this.token}","data":${this.json}}`
  }
}

/** A whole text message in one frame, not masked, as servers send it (RFC 6455, 5.2). */
const textFrame = (text: string): Buffer => {
  const length = Buffer.byteLength(text)
  const [size, head] = length < 126 ? [0, length] : length < 65_536 ? [2, 126] : [8, 127]
  const frame = Buffer.allocUnsafe(2 + size + length)
  frame[0] = 0x81
  frame[1] = head
  if (size === 2) frame.writeUInt16BE(length, 2)
  if (size === 8) frame.writeBigUInt64BE(BigInt(length), 2)
  frame.write(text, 2 + size)
  return frame
}
