import { randomUUID } from "node:crypto"
import { type ConnectOptions, connect, type Roomlog } from "@roomlog/client"
import type { Receipt, RoomId, Session } from "@roomlog/schemas"
import { type Answer, Line } from "./line.ts"

/** A running Roomlog, as anybody outside knows it. */
export interface System {
  /** Where people go. */
  readonly url: string
  /** Where each of its nodes is. */
  readonly nodes: ReadonlyArray<string>
  readonly stop: () => PromiseLike<void>
}

/** Settings under which a test may do much at once. */
export const generous = {
  LOG_LEVEL: "error",
  CONNECTIONS_PER_PERSON: "100000",
  RATE_POSTS: "1000000/1",
  RATE_JOINS: "1000000/1",
  RATE_UPLOADS: "1000000/1",
  RATE_SIGN_INS: "1000000/1",
  RATE_OLD_JOINS: "1000000/1",
}

type Words = Readonly<Record<string, unknown>>

/** Who calls, and through which door; without `at` it is the one that everybody uses. */
interface Caller {
  readonly token?: string
  readonly at?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** The public doors of a system, and who came through them: everybody goes when the test is over. */
export class Doors {
  #system: System | undefined
  readonly #leave: Array<() => void> = []

  /** Opens them; tests that are declared before then may already hold this object. */
  async open(starting: Promise<System>): Promise<void> {
    this.#system = await starting
  }

  async close(): Promise<void> {
    this.everybodyLeaves()
    await this.#system?.stop()
  }

  everybodyLeaves(): void {
    for (const leave of this.#leave.splice(0)) leave()
  }

  /** Calls back when everybody leaves. */
  whenOver(leave: () => void): void {
    this.#leave.push(leave)
  }

  get url(): string {
    return this.#opened.url
  }

  get nodes(): ReadonlyArray<string> {
    return this.#opened.nodes
  }

  /** The n-th node, counted round and round: with one node it is always the same. */
  node(n: number): string {
    return this.nodes[n % this.nodes.length]!
  }

  /** A client that is not signed in. */
  client(options: Partial<ConnectOptions> = {}): Roomlog {
    const made = connect({ url: this.url, ...options })
    this.whenOver(() => made.close())
    return made
  }

  /** A client that is signed in under this name. */
  async signedIn(name: string, options: Partial<ConnectOptions> = {}): Promise<Roomlog> {
    const made = this.client(options)
    await made.signIn(name)
    return made
  }

  /** A POST as any HTTP client would send it. */
  send(path: string, body: string, { token, at = this.url, headers = {} }: Caller = {}): Promise<Response> {
    const bearer = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const json = { "content-type": "application/json" }
    return fetch(`${at}/trpc/${path}`, { method: "POST", headers: { ...json, ...bearer, ...headers }, body })
  }

  /** What a change over HTTP came to. */
  async call(path: string, input: Words, caller: Caller = {}): Promise<Answer> {
    return (await (await this.send(path, JSON.stringify(input), caller)).json()) as Answer
  }

  /** What a question over HTTP came to. */
  async ask(path: string, input: Words, { token, at = this.url }: Caller): Promise<Answer> {
    const headers = { authorization: `Bearer ${token}` }
    const query = `input=${encodeURIComponent(JSON.stringify(input))}`
    return (await (await fetch(`${at}/trpc/${path}?${query}`, { headers })).json()) as Answer
  }

  /** A session for somebody whose name begins like this. */
  async session(name: string): Promise<Session> {
    const { result } = await this.call("identity.signIn", { name: `${name} ${randomUUID().slice(0, 6)}` })
    return result!.data as Session
  }

  /** A room that the caller owns. */
  async room(token: string, words: Words = {}): Promise<RoomId> {
    const room = randomUUID() as RoomId
    const basics = { commandId: randomUUID(), room, name: `room ${room}`, topic: "", visibility: "public" }
    const { error } = await this.call("room.create", { ...basics, ...words }, { token })
    if (error) throw new Error(error.message)
    return room
  }

  /** Says something and gives the receipt. */
  async say(room: RoomId, text: string, caller: Caller): Promise<Receipt> {
    const { result, error } = await this.call("message.post", post(room, { text }), caller)
    if (error) throw new Error(error.message)
    return result!.data as Receipt
  }

  /** A WebSocket on which anything may be said. */
  line(headers: Readonly<Record<string, string>>, at = this.url): Line {
    const line = new Line(at, headers)
    this.whenOver(() => line.socket.terminate())
    return line
  }

  get #opened(): System {
    if (this.#system === undefined) throw new Error("the system has not started")
    return this.#system
  }
}

/** The words of a post. */
export const post = (room: string, words: Words = {}): Words => ({
  commandId: randomUUID(),
  room,
  message: randomUUID(),
  text: "hello",
  images: [],
  replyTo: null,
  ...words,
})
