import { randomUUID } from "node:crypto"
import { alone, type Driver } from "@roomlog/log"
import type { Device, MessageId, Notify, RoomId, Visibility } from "@roomlog/schemas"
import { Effect, Exit, Scope } from "effect"
import { Firebase } from "../../../../tests/push/firebase.ts"
import { WebPushService } from "../../../../tests/push/webPushService.ts"
import { run } from "../edge.ts"
import type { Actor } from "../identity/identity.ts"
import { makeIdentity } from "../identity/identity.ts"
import { makePeople } from "../identity/people.ts"
import { Measures } from "../measures.ts"
import { makeLease } from "../presence/lease.ts"
import { ask, type Node, openNode } from "../rebuild/testing.ts"
import { makeRooms } from "../room/readModel.ts"
import { sql } from "../sql.ts"
import { serviceAccountOf } from "./fcm.ts"
import { makePush, type Push, type PushSettings } from "./push.ts"

/** People, rooms and devices around one database, and senders that are started and stopped. */
export class House implements AsyncDisposable {
  readonly web: WebPushService
  readonly firebase: Firebase
  readonly node: Node
  /** What senders complained of. */
  readonly troubles: Array<unknown> = []
  /** Milliseconds by which senders think it is later. */
  later = 0
  readonly #driver: Driver
  readonly #scope: Scope.Closeable
  readonly #identity: ReturnType<typeof makeIdentity>
  #push: Push | undefined

  private constructor(parts: {
    driver: Driver
    node: Node
    scope: Scope.Closeable
    web: WebPushService
    firebase: Firebase
  }) {
    const { driver, node, scope, web, firebase } = parts
    this.#driver = driver
    this.node = node
    this.#scope = scope
    this.web = web
    this.firebase = firebase
    const query = sql(node.query)
    const lease = makeLease({ run: query, node: randomUUID(), shared: false })
    const sources = { run: query, people: makePeople(query), carrier: alone, lease }
    this.#identity = makeIdentity({ ...sources, now: Date.now, newId: randomUUID })
  }

  /** A house on an empty database, in which a sender has been, so that what is said is followed. */
  static async open(driver: Driver): Promise<House> {
    const scope = Effect.runSync(Scope.make())
    const node = await Effect.runPromise(Scope.provide(openNode(driver), scope))
    const [web, firebase] = await Promise.all([WebPushService.start(), Firebase.start()])
    const house = new House({ driver, node, scope, web, firebase })
    await (await house.sender())[Symbol.asyncDispose]()
    return house
  }

  /** Devices and rules. */
  get push(): Push {
    return this.#push!
  }

  /** Somebody who follows the log and sends, until disposed of. */
  async sender(changed: Partial<PushSettings> = {}): Promise<AsyncDisposable> {
    const scope = Effect.runSync(Scope.make())
    const query = sql(this.node.query)
    const settings: PushSettings = {
      subject: "mailto:you@example.org",
      account: await serviceAccountOf(this.firebase.account),
      fcmUrl: this.firebase.server.origin,
      grace: 50,
      networks: ["127.0.0.1"],
      ...changed,
    }
    const needs = {
      driver: this.#driver,
      log: this.node,
      people: makePeople(query),
      rooms: makeRooms(query, () => ""),
      spend: () => Effect.void,
      measures: new Measures(),
      now: () => Date.now() + this.later,
      failed: (cause: unknown) => this.troubles.push(cause),
    }
    const push = await Effect.runPromise(Scope.provide(makePush({ ...needs, settings }), scope))
    this.#push ??= push
    return { [Symbol.asyncDispose]: () => Effect.runPromise(Scope.close(scope, Exit.void)) }
  }

  async person(name: string): Promise<Actor> {
    const { token } = await run(this.#identity.signIn(name))
    return (await run(this.#identity.whoHolds(token)))!
  }

  signOut(actor: Actor): Promise<void> {
    return run(this.#identity.signOut(actor.session!))
  }

  /** A room with these members; the first owns it. */
  async room(name: string, members: ReadonlyArray<Actor>, visibility: Visibility = "public"): Promise<RoomId> {
    const room = randomUUID() as RoomId
    const [owner, ...others] = members
    await this.#must(owner!, { _tag: "CreateRoom", room, name, topic: "", visibility })
    for (const other of others)
      await this.#must(other, {
        _tag: "JoinRoom",
        room,
        ...(visibility === "private" ? { invitation: `${room} 1` } : {}),
      } as never)
    return room
  }

  async say(actor: Actor, room: RoomId, text: string, replyTo: MessageId | null = null): Promise<MessageId> {
    const message = randomUUID() as MessageId
    await this.#must(actor, { _tag: "PostMessage", room, message, text, images: [], replyTo })
    return message
  }

  remove(actor: Actor, room: RoomId, message: MessageId): Promise<void> {
    return this.#must(actor, { _tag: "RemoveMessage", room, message })
  }

  edit(actor: Actor, room: RoomId, message: MessageId, text: string): Promise<void> {
    return this.#must(actor, { _tag: "EditMessage", room, message, text })
  }

  leave(actor: Actor, room: RoomId): Promise<void> {
    return this.#must(actor, { _tag: "LeaveRoom", room })
  }

  async read(actor: Actor, room: RoomId): Promise<void> {
    const head = await run(this.node.streamHead(room))
    await run(makeRooms(sql(this.node.query), () => "").markRead(actor.id, room, head))
  }

  /** A browser and a phone of somebody. */
  async devices(actor: Actor) {
    const [browser, phone] = [this.browser(), this.firebase.phone()]
    for (const { device } of [browser, phone]) await this.subscribe(actor, device)
    return { browser, phone, screens: [browser.screen, phone.screen] }
  }

  browser() {
    return this.web.browser(this.push.publicKey)
  }

  subscribe(actor: Actor, device: Device): Promise<void> {
    return run(this.push.subscribe(actor, device))
  }

  rule(actor: Actor, room: RoomId, notify: Notify): Promise<void> {
    return run(this.push.setRule(actor, { room, notify }))
  }

  /** What the protocols did not allow. */
  get problems(): ReadonlyArray<string> {
    return [...this.web.server.problems, ...this.firebase.server.problems]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#identity.stop()
    await Effect.runPromise(Scope.close(this.#scope, Exit.void))
    await this.web[Symbol.asyncDispose]()
    await this.firebase[Symbol.asyncDispose]()
  }

  async #must(actor: Actor, command: Parameters<typeof ask>[2]): Promise<void> {
    if (!(await ask(this.node, actor.id, command))) throw new Error(`${command._tag} was refused`)
  }
}
