import { randomUUID } from "node:crypto"
import {
  type Batch,
  type Draft,
  type InlineRows,
  type Judge,
  type Log,
  openLog,
  openPostgres,
  type Place,
  type Query,
  type Receipt,
  type Submission,
} from "@roomlog/log"
import { Effect, Exit, Result, Scope } from "effect"
import { tables } from "../../packages/backend/src/rows.ts"

/** What only the next version can do. */
export type Novelty =
  /** Something to a message that today's version has no word for; adds a field to its row. */
  | { readonly do: "pin"; readonly message: string }
  /** Something that today's version knows in an older shape, and can still read. */
  | { readonly do: "edit"; readonly message: string; readonly text: string }
  /** Something that today's version knows in an older shape, and can no longer read. */
  | { readonly do: "post"; readonly message: string; readonly text: string }
  /** Something to the room, with a line of its own. */
  | { readonly do: "paint"; readonly colour: string }
  /** Something that ends memberships, and today's version does not know whose. */
  | { readonly do: "ban"; readonly users: ReadonlyArray<string> }

/** A node of the next version, as far as the others see of it: what it appends, and the rows that it keeps for all. */
export class Newer {
  readonly log: Log<Novelty, never>
  readonly query: Query
  readonly close: () => Promise<void>

  private constructor(log: Log<Novelty, never>, query: Query, close: () => Promise<void>) {
    this.log = log
    this.query = query
    this.close = close
  }

  static async open(url: string): Promise<Newer> {
    const scope = Effect.runSync(Scope.make())
    const opening = Effect.gen(function* () {
      const driver = yield* openPostgres({ url, connections: 3 })
      return { driver, log: yield* openLog({ driver, judge: newer }) }
    })
    const { driver, log } = await Effect.runPromise(Scope.provide(opening, scope))
    return new Newer(log, driver.query, () => Effect.runPromise(Scope.close(scope, Exit.void)))
  }

  /** Does something new in a room, as somebody; gives where it stands and by which command. */
  async does(room: string, actor: string, content: Novelty): Promise<Receipt & { readonly command: string }> {
    const command = randomUUID()
    const receipt = await Effect.runPromise(this.log.submit({ stream: room, actor, command, content }))
    return { ...receipt, command }
  }
}

/** What the next version cannot do: takes the added fields away, so that the rows can be held against today's fold. */
export const unpinned = (query: Query): Promise<ReadonlyArray<object>> =>
  query("update item set view = view - 'pinned' where view ? 'pinned' returning id")

interface View extends Readonly<Record<string, unknown>> {
  readonly id: string
  readonly seq: number
  readonly by: string
  readonly at: number
}

/** Keeps nothing in memory: what it decides on is read anew for each group. */
class NewerBatch implements Batch<Novelty, never> {
  readonly #views = new Map<string, View>()
  readonly #items = new Map<string, ReadonlyArray<unknown>>()
  readonly #members = new Map<string, ReadonlyArray<unknown>>()

  async load(submissions: ReadonlyArray<Submission<Novelty>>, query: Query): Promise<void> {
    const ids = submissions.flatMap(({ content }) => ("message" in content ? [content.message] : []))
    const found = await query<{ view: View }>("select view from item where id = any($1::uuid[])", [[...new Set(ids)]])
    for (const { view } of found) this.#views.set(view.id, view)
  }

  judge({ content, actor, stream }: Submission<Novelty>, place: Place): Result.Result<ReadonlyArray<Draft>, never> {
    const { seq, at } = place
    switch (content.do) {
      case "pin": {
        const { message } = content
        this.#change(stream, { ...this.#views.get(message)!, pinned: true })
        return happened("MessagePinned", 1, { message }, message)
      }
      case "edit": {
        const { message, text } = content
        this.#change(stream, { ...this.#views.get(message)!, text, editedAt: at, revision: seq })
        return happened("MessageEdited", 2, { message, text, why: "a typo" }, message)
      }
      case "post": {
        const { message, text } = content
        const view = { _tag: "Message", room: stream, id: message, seq, at, by: actor, text, ...plain, revision: seq }
        this.#change(stream, view)
        return happened("MessagePosted", 2, { message, blocks: [{ text }] }, message)
      }
      case "paint": {
        const { colour } = content
        this.#line(stream, actor, place, { _tag: "RoomPainted", colour })
        return happened("RoomPainted", 1, { colour }, null)
      }
      case "ban": {
        const { users } = content
        for (const user of users) this.#members.set(`${stream}/${user}`, [stream, user, null])
        this.#line(stream, actor, place, { _tag: "MembersBanned", users })
        return happened("MembersBanned", 1, { users }, null)
      }
    }
  }

  rows(): InlineRows {
    return new Map([
      ["member", { changed: [...this.#members.values()] }],
      ["item", { changed: [...this.#items.values()] }],
    ])
  }

  keep(): void {}

  #change(room: string, view: View): void {
    this.#views.set(view.id, view)
    this.#items.set(`${room}/${view.seq}`, [room, view.seq, view.id, view.by, view.at, JSON.stringify(view)])
  }

  #line(room: string, by: string, { seq, at }: Place, event: object): void {
    const view = { _tag: "Notice", room, seq, at, by, event }
    this.#items.set(`${room}/${seq}`, [room, seq, null, by, at, JSON.stringify(view)])
  }
}

const plain = { images: [], replyTo: null, editedAt: null, removed: null, reactions: [] }

const happened = (type: string, version: number, body: Draft["body"], subject: string | null) =>
  Result.succeed([{ type, version, subject, body }])

const newer: Judge<Novelty, never> = {
  tables,
  batch: () => new NewerBatch(),
  heard: () => undefined,
  lost: () => undefined,
}
