import { setTimeout as pause } from "node:timers/promises"
import { type Slice, workInSlices } from "../slices.ts"
import { percentile } from "../stats.ts"
import { type Conversation, counted } from "./conversation.ts"
import type { Seat } from "./dialect.ts"
import { dialects } from "./dialects.ts"

// People who talk, all in this process that the parent tells when to talk: each in a room, on a socket of their own. What is
// said carries who said it and the how-manieth it is.

const talk = JSON.parse(process.argv[2]!) as Conversation
const dialect = dialects[talk.dialect]!

/** Somebody in a room, and what was heard there. */
interface Person {
  readonly id: number
  readonly room: number
  readonly seat: Seat
  heard: number
  said: number
  /** When the newest own text was said, and when it was heard. */
  saidAt: number
  echoedAt: number
}

const mark = "~T"
const filling = "x".repeat(180)
const people: Array<Person> = []
const saidIn = Array.from({ length: talk.rooms }, () => 0)
/** Milliseconds until the own text was heard, and until somebody heard a text; the latter only when paced. */
const echoes: Array<number> = []
const deliveries: Array<number> = []
/** Texts that were said while it was measured, and for how many milliseconds that was. */
const measured = { sends: 0, milliseconds: 0 }
let now: Slice = { ends: 0, isMeasured: false }

const say = (person: Person): void => {
  person.said += 1
  saidIn[person.room]! += 1
  person.saidAt = performance.now()
  person.seat.say(`${mark}${person.id}.${person.said}~${filling}`)
}

const hear = (person: Person, frame: string): void => {
  if (dialect.answers(person.seat.socket, frame)) return
  for (let at = frame.indexOf(mark); at >= 0; at = frame.indexOf(mark, at + mark.length)) {
    person.heard += 1
    if (talk.perSecond !== undefined) delivered(frame, at)
  }
  if (!frame.includes(`${mark}${person.id}.`)) return
  person.echoedAt = performance.now()
  if (now.isMeasured) echoes.push(person.echoedAt - person.saidAt)
  if (talk.perSecond === undefined && person.echoedAt < now.ends) say(person)
}

const delivered = (frame: string, at: number): void => {
  const by = Number(frame.slice(at + mark.length, frame.indexOf(".", at)))
  if (now.isMeasured) deliveries.push(performance.now() - people[by]!.saidAt)
}

/** Says so many texts a second, by everybody in turns. */
const paced = async (perSecond: number): Promise<void> => {
  const began = performance.now()
  for (let n = 0; ; n++) {
    const due = began + (n * 1_000) / perSecond
    if (due >= now.ends) return
    if (due > performance.now()) await pause(due - performance.now())
    say(people[n % people.length]!)
  }
}

const until = async (isSo: () => boolean, what: () => string): Promise<void> => {
  for (const end = performance.now() + 20_000; !isSo(); await pause(1))
    if (performance.now() > end) throw new Error(what())
}

const saidBy = (): number => saidIn.reduce((sum, n) => sum + n, 0)
const isAllHeard = (): boolean => people.every(({ heard, room }) => heard === saidIn[room])

/** Until everybody has heard everything that was said before the slice ended. */
const talkDuring = async (slice: Slice): Promise<void> => {
  now = slice
  const [began, before] = [performance.now(), saidBy()]
  if (talk.perSecond === undefined)
    for (const person of people.filter((_, i) => i % talk.people < talk.speakers)) say(person)
  else await paced(talk.perSecond)
  await pause(Math.max(0, slice.ends - performance.now()))
  await until(
    isAllHeard,
    () =>
      `of ${saidBy()} texts some were not heard: ${people.map(({ heard, room }) => `${heard}/${saidIn[room]}`).slice(0, 20)}`,
  )
  if (!slice.isMeasured) return
  measured.sends += saidBy() - before
  measured.milliseconds += Math.max(slice.ends, ...people.map(({ echoedAt }) => echoedAt)) - began
}

await workInSlices(async (slices) => {
  for (let room = 0; room < talk.rooms; room++)
    for (let index = 0; index < talk.people; index++) {
      const place = { room: room + (talk.firstRoom ?? 0), index }
      const seat = await dialect.enter(talk.urls[index % talk.urls.length]!, place)
      const person: Person = { id: people.length, room, seat, heard: 0, said: 0, saidAt: 0, echoedAt: 0 }
      seat.socket.on("message", (data) => hear(person, String(data)))
      people.push(person)
    }
  for await (const slice of slices) await talkDuring(slice)
  return {
    "sends, /s": (measured.sends / measured.milliseconds) * 1_000,
    "echo p50, ms": percentile(echoes, 0.5),
    "echo p99, ms": percentile(echoes, 0.99),
    ...(talk.perSecond === undefined
      ? {}
      : { "delivery p50, ms": percentile(deliveries, 0.5), "delivery p99, ms": percentile(deliveries, 0.99) }),
    [counted.said]: saidBy(),
    [counted.sends]: measured.sends,
  }
})
