import { randomUUID } from "node:crypto"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { openPglite } from "@roomlog/log"
import type {
  Command,
  CommandId,
  DeliveredEvent,
  FeedItem,
  MessageId,
  Receipt,
  Rejection,
  RoomId,
  Signal,
  Visibility,
} from "@roomlog/schemas"
import { Effect, Exit, Scope } from "effect"
import { type Backend, openBackend } from "../backend.ts"
import { run } from "../edge.ts"
import type { Actor } from "../identity/identity.ts"
import { Rejected } from "../rejected.ts"
import type { Frame } from "./frame.ts"
import type { End, Sink } from "./sink.ts"

/** A command without the room that it goes to. */
export type Words<C extends Command = Command> = C extends Command ? Omit<C, "room"> : never

/** A backend in memory whose clock moves only when it is told to. */
export class TestBackend implements AsyncDisposable {
  /** Milliseconds since 1970. */
  time = 1_700_000_000_000
  readonly #everything = Effect.runSync(Scope.make())
  readonly #driver = Effect.runPromise(Scope.provide(openPglite(), this.#everything))
  #life = Effect.runSync(Scope.make())
  #backend: Backend | undefined

  /** The backend that runs now. */
  get it(): Backend {
    return this.#backend!
  }

  /** Opens the backend; once more, and it is a new process on the same database. */
  async start(): Promise<this> {
    await Effect.runPromise(Scope.close(this.#life, Exit.void))
    this.#life = Effect.runSync(Scope.make())
    const mediaDir = await mkdtemp(join(tmpdir(), "roomlog-feed-"))
    await Effect.runPromise(
      Scope.addFinalizer(
        this.#life,
        Effect.promise(() => rm(mediaDir, { recursive: true })),
      ),
    )
    const settings = { mediaDir, secret: "s".repeat(32), rates: endless, now: () => this.time, newId: randomUUID }
    const open = openBackend({ driver: await this.#driver, ...settings })
    this.#backend = await Effect.runPromise(Scope.provide(open, this.#life))
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Effect.runPromise(Scope.close(this.#life, Exit.void))
    await Effect.runPromise(Scope.close(this.#everything, Exit.void))
  }

  /** Somebody who has just signed in. */
  async person(name: string): Promise<Actor> {
    const { token } = await run(this.it.identity.signIn(`${name} ${randomUUID().slice(0, 8)}`))
    return (await run(this.it.identity.whoHolds(token)))!
  }

  /** What became of a command: where it stands, or why not. Anything else is thrown. */
  async ask(by: Actor, command: Command, id: CommandId = newCommandId()): Promise<Receipt | Rejection> {
    try {
      return await run(this.it.commands.execute(by, id, command))
    } catch (cause) {
      if (cause instanceof Rejected) return cause.rejection
      throw cause
    }
  }

  /** Carries out a command that must be accepted. */
  async say(by: Actor, room: RoomId, words: Words): Promise<Receipt> {
    const answer = await this.ask(by, { ...words, room } as Command)
    if ("_tag" in answer) throw new Error(`refused: ${JSON.stringify(answer)}`)
    return answer
  }

  /** A new room of this owner. */
  async room(owner: Actor, visibility: Visibility = "public"): Promise<RoomId> {
    const room = randomUUID() as RoomId
    await this.say(owner, room, { _tag: "CreateRoom", name: `room ${room}`, topic: "", visibility })
    return room
  }

  /** Posts texts, all at once, in this order. */
  post(by: Actor, room: RoomId, ...texts: ReadonlyArray<string>): Promise<ReadonlyArray<Receipt>> {
    return Promise.all(texts.map((text) => this.say(by, room, posting(text))))
  }
}

export const newCommandId = (): CommandId => randomUUID() as CommandId

/** The words of a new message. */
export const posting = (text: string) =>
  ({ _tag: "PostMessage", message: randomUUID() as MessageId, text, images: [], replyTo: null }) as const

/** A sink that remembers what it was told, and that fills up only when a test says so. */
export class Ear implements Sink {
  readonly frames: Frame[] = []
  /** Bytes that pretend to wait. */
  waiting = 0
  over: End | undefined
  /** Frames that came after the end, which must not be. */
  tooLate = 0
  #wake: () => void = () => undefined

  deliver(frame: Frame): void {
    if (this.over) this.tooLate += 1
    this.frames.push(frame)
    this.#wake()
  }

  buffered(): number {
    return this.waiting
  }

  end(why: End): void {
    this.over ??= why
    this.#wake()
  }

  get items(): ReadonlyArray<FeedItem> {
    return this.frames.map(({ item }) => item)
  }

  get events(): ReadonlyArray<DeliveredEvent> {
    return this.items.flatMap((item) => (item._tag === "Events" ? item.events : []))
  }

  get seqs(): ReadonlyArray<number> {
    return this.events.map(({ seq }) => seq)
  }

  get signals(): ReadonlyArray<Signal> {
    return this.items.flatMap((item) => (item._tag === "Signal" ? [item.signal] : []))
  }

  /** Whether it was told that what follows is live. */
  get isLive(): boolean {
    return this.items.some(({ _tag }) => _tag === "Live")
  }

  /** Waits until something is so. One listener at a time. */
  async until(isSo: (ear: this) => boolean): Promise<void> {
    while (!isSo(this)) await new Promise<void>((resolve) => (this.#wake = resolve))
  }
}

const endless = {
  posts: { points: 1_000_000_000, seconds: 1 },
  joins: { points: 1_000_000_000, seconds: 1 },
  uploads: { points: 1_000_000_000, seconds: 1 },
  signIns: { points: 1_000_000_000, seconds: 1 },
  oldJoins: { points: 1_000_000_000, seconds: 1 },
}
