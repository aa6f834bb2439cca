import type { Timeline } from "@roomlog/domain"
import fc from "fast-check"
import { afterAll, beforeAll, expect, test } from "vitest"
import { run } from "../edge.ts"
import { posting, TestBackend } from "../feed/testing.ts"
import { lineOf, mentioned, toItem } from "./line.ts"

const seed = Number(process.env["SEED"] ?? Date.now() % 2 ** 31)
const server = new TestBackend()

beforeAll(() => server.start(), 60_000)
afterAll(() => server[Symbol.asyncDispose]())

const id = fc.uuid()
const time = fc.integer({ min: 0, max: 2 ** 45 })
/** Text with everything that JSON escapes, and with what a line looks like. */
const text = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 40 }).map((any) => any.replaceAll("\u0000", "").toWellFormed()),
  fc.constantFrom('", "images": [], "removed": null', "\\", '\\"', "a\nb", "\u2028", "{}", '"}'),
)
const seldom = <A>(arbitrary: fc.Arbitrary<A>, usual: A) =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(usual) }, arbitrary)

/** Messages as they stand in the table: mostly plain ones, and each way of not being plain. */
const message = fc
  .record({
    _tag: fc.constant("Message" as const),
    room: id,
    id,
    seq: fc.integer({ min: 1 }),
    at: time,
    by: id,
    text,
    images: seldom<ReadonlyArray<object>>(fc.constant([{ key: "k", alt: "a", width: 1, height: 1 }]), []),
    replyTo: seldom<object | null>(fc.record({ message: id, seq: fc.integer({ min: 1 }) }), null),
    editedAt: fc.option(time),
    removed: seldom<object | null>(fc.record({ by: id, at: time }), null),
    reactions: seldom<ReadonlyArray<object>>(fc.constant([{ emoji: "👍", count: 2 }]), []),
    revision: fc.integer({ min: 1 }),
  })
  .chain((plain) =>
    seldom<object>(fc.constant({ kept: { text: "secret", images: [] } }), {}).map((kept) => ({ ...plain, ...kept })),
  )
  .chain((plain) =>
    // What a newer version may add, wherever jsonb puts it.
    seldom<object>(
      fc.constantFrom("a", "mood", "zeal", "colour", "zzzzzzzzzz").map((name) => ({ [name]: "secret" })),
      {},
    ).map((more) => ({ ...plain, ...more })),
  )

test(`a line says the same whether it was read or handed on, and hides the same (SEED=${seed})`, async () => {
  const views = fc.sample(message, { seed, numRuns: 2_000 })
  const rows = await server.it.log.query<{ text: string }>(
    "select view::jsonb::text as text from unnest($1::text[]) with ordinality as given(view, place) order by place",
    [views.map((view) => JSON.stringify(view))],
  )
  let handedOn = 0
  for (const [i, { text }] of rows.entries()) {
    const line = lineOf(text)
    const item = toItem(views[i] as unknown as Timeline.Item)
    expect(JSON.parse(line.json)).toEqual(item)
    expect(line.people).toEqual(mentioned(item))
    if (line.item !== undefined) expect(line.item).toEqual(item)
    else handedOn++
    if (line.item === undefined) expect(item).toMatchObject({ images: [], replyTo: null, removed: null, reactions: [] })
  }
  // Half of them are plain: were none handed on, this would compare nothing.
  expect(handedOn).toBeGreaterThan(400)
})

test("a page hands on what was said as the database wrote it", async () => {
  const ann = await server.person("Ann")
  const room = await server.room(ann)
  for (const said of ["one", 'two "quoted" \\ \n lines', "three"]) await server.say(ann, room, posting(said))
  const text = await run(server.it.messages.pageText(ann.id, { room }))
  expect(text.match(/\{"at": \d+, "by": /g)).toHaveLength(3)
  expect(JSON.parse(text).items.at(-2).text).toBe('two "quoted" \\ \n lines')
})
