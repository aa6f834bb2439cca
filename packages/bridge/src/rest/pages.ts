import type { OldRoomView } from "@roomlog/backend"
import type { OldHistory, OldPage } from "@roomlog/schemas"
import { Effect } from "effect"
import { answered, detail, invalidPage, notFound, ok, orAnswer } from "./answers.ts"
import type { Call, Handler, RestBackend } from "./call.ts"
import { canonicalRoom } from "./fields.ts"
import { placeOf } from "./ids.ts"
import { linesOf, type PlacedLine } from "./lines.ts"
import { linkTo, readPage, type Wanted } from "./query.ts"

/** `GET /api/chat/<room>/messages/`: a page with its links and the count of all. */
export const messages: Handler = Effect.fn("Rest.messages")(function* (call: Call) {
  const wanted = yield* read(call)
  const room = yield* roomOf(call)
  const count = yield* call.backend.legacy.count(room.room)
  const page = yield* pageOf(call.backend, room, { ...wanted, page: numberOf(wanted, count) })
  const answer: OldPage = {
    count,
    next: page.goesOn ? linkTo(call.url, { page: undefined, before: String(page.lines.at(-1)!.shown.id) }) : null,
    previous: previousOf(call.url, wanted, count),
    results: page.lines.map(({ shown }) => shown),
  }
  return ok(answer)
})

/** `GET /chat/<room>/history/`: a page for the old chat page. */
export const history: Handler = Effect.fn("Rest.history")(function* (call: Call) {
  const wanted = yield* read(call)
  const room = yield* roomOf(call)
  const count = wanted.page === "last" ? yield* call.backend.legacy.count(room.room) : 0
  const { lines, goesOn } = yield* pageOf(call.backend, room, { ...wanted, page: numberOf(wanted, count) })
  const answer: OldHistory = { messages: lines.map(({ shown }) => shown), has_next: goesOn }
  return ok(answer)
})

/** The room that the path names, if the caller may read it. */
export const roomOf = Effect.fnUntraced(function* ({ backend, actor, room }: Call) {
  const name = canonicalRoom(room)
  const found = name.includes("\u0000") ? undefined : yield* backend.legacy.room(actor?.id, name)
  return found ?? (yield* answered(notFound))
})

const read = ({ url }: Call) => orAnswer(readPage(url.searchParams))

interface Numbered extends Wanted {
  readonly page: number
}

const numberOf = ({ page, size }: Wanted, count: number): number =>
  page === "last" ? Math.max(1, Math.ceil(count / size)) : page

const previousOf = (url: URL, wanted: Wanted, count: number): string | null => {
  const page = numberOf(wanted, count)
  if (wanted.before !== undefined || page === 1) return null
  return linkTo(url, { page: page === 2 ? undefined : String(page - 1) })
}

const pageOf = Effect.fnUntraced(function* (backend: RestBackend, room: OldRoomView, wanted: Numbered) {
  const { seq, isIn, skip } = yield* wanted.before === undefined
    ? startOf(backend, room, wanted)
    : cursorOf(backend, room, wanted.before)
  // Every message has a line, but the first one may have none that is wanted; one line more tells whether it goes on.
  const said = yield* backend.legacy.said(room.room, seq, wanted.size + 2)
  const lines = said
    .flatMap((message) => linesOf(room, message))
    .filter(isIn)
    .slice(skip)
  return { lines: lines.slice(0, wanted.size), goesOn: lines.length > wanted.size }
})

/** Where to begin to read, and which lines of what is read to leave out. */
interface Beginning {
  readonly seq: number
  readonly skip: number
  readonly isIn: (line: PlacedLine) => boolean
}

const newest: Beginning = { seq: Number.MAX_SAFE_INTEGER, skip: 0, isIn: () => true }

const startOf = Effect.fnUntraced(function* ({ legacy }: RestBackend, { room }: OldRoomView, { page, size }: Numbered) {
  if (page === 1) return newest
  const start = yield* legacy.start(room, (page - 1) * size)
  if (start === undefined) return yield* answered(invalidPage)
  return { ...newest, ...start }
})

const cursorOf = Effect.fnUntraced(function* ({ legacy }: RestBackend, { room }: OldRoomView, before: number) {
  const { line, ...position } = placeOf(before)
  const seq = yield* legacy.seqAt(room, position)
  if (seq === undefined) return yield* answered(detail(404, "Invalid cursor."))
  const beginning: Beginning = { seq: seq + 1, skip: 0, isIn: (one) => one.seq < seq || one.line < line }
  return beginning
})
