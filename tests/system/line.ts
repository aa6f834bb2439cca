import type { Rejection } from "@roomlog/schemas"
import { WebSocket } from "ws"

/** What a call came to, whichever door it went through. */
export interface Answer {
  readonly result?: { readonly type?: string; readonly data: unknown }
  readonly error?: {
    readonly message: string
    readonly data: { readonly code: string; readonly httpStatus: number; readonly rejection?: Rejection }
  }
}

type Said = Answer & { readonly id: number | null }

/** A WebSocket to a server, on which a test may say what no client would. */
export class Line {
  readonly socket: WebSocket
  closed: number | undefined
  #wake: (() => void) | undefined
  readonly #said: Said[] = []
  #calls = 1_000

  constructor(url: string, headers: Readonly<Record<string, string>>) {
    this.socket = new WebSocket(`${url.replace("http", "ws")}/trpc`, { headers })
    this.socket.on("message", (data) => {
      if (String(data) === "PING") return this.socket.send("PONG")
      this.#said.push(JSON.parse(String(data)))
      this.#wake?.()
    })
    this.socket.on("close", (code) => {
      this.closed = code
      this.#wake?.()
    })
    this.socket.on("error", () => undefined)
  }

  async open(): Promise<this> {
    await new Promise((resolve) => this.socket.once("open", resolve))
    return this
  }

  /** What a call came to, or undefined once it is closed. Answers to what was no call have the id null. */
  async answer(id: number | null): Promise<Answer | undefined> {
    const isIt = (said: Said): boolean => said.id === id && (said.error !== undefined || said.result?.type === "data")
    while (!this.#said.some(isIt) && this.closed === undefined)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    return this.#said.find(isIt)
  }

  async call(method: "query" | "mutation" | "subscription", path: string, input?: unknown): Promise<Answer> {
    this.#calls += 1
    this.socket.send(JSON.stringify({ id: this.#calls, method, params: { path, input } }))
    return (await this.answer(this.#calls))!
  }

  /** Forgets what was said so far. */
  forget(): void {
    this.#said.splice(0)
  }
}
