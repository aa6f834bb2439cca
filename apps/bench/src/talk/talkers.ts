import { setTimeout as pause } from "node:timers/promises"
import type { Conversation, Heard } from "./conversation.ts"
import type { Seat } from "./dialect.ts"
import { dialects } from "./dialects.ts"

// People who talk, all in this process: each in a room, on a socket of their own. What is said carries who said it and
// the how-manieth it is. The parent is told when everybody is seated, and in the end what was heard.

const talk = JSON.parse(process.argv[2]!) as Conversation
const dialect = dialects[talk.dialect]!

/** Somebody in a room, and what was heard there. */
interface Person {
  readonly id: number
  readonly room: number
  readonly seat: Seat
  heard: number
  said: number
  /** When the newest own text was said. */
  saidAt: number
}

const mark = "~T"
const filling = "x".repeat(180)
const people: Array<Person> = []
const saidIn = Array.from({ length: talk.rooms }, () => 0)
const echoes: Array<number> = []
const deliveries: Array<number> = []
let counts = false
let goes = true

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
  if (counts) echoes.push(performance.now() - person.saidAt)
  if (goes && talk.perSecond === undefined) say(person)
}

const delivered = (frame: string, at: number): void => {
  const by = Number(frame.slice(at + mark.length, frame.indexOf(".", at)))
  if (counts) deliveries.push(performance.now() - people[by]!.saidAt)
}

/** Says so many texts a second, by everybody in turns. */
const paced = async (perSecond: number): Promise<void> => {
  const began = performance.now()
  for (let n = 0; goes; n++) {
    const due = began + (n * 1_000) / perSecond
    if (due > performance.now()) await pause(due - performance.now())
    if (!goes) return
    say(people[n % people.length]!)
  }
}

const until = async (isSo: () => boolean, what: () => string): Promise<void> => {
  for (const end = performance.now() + 20_000; !isSo(); await pause(5))
    if (performance.now() > end) throw new Error(what())
}

const saidBy = (): number => saidIn.reduce((sum, n) => sum + n, 0)
const isAllHeard = (): boolean => people.every(({ heard, room }) => heard === saidIn[room])

for (let room = 0; room < talk.rooms; room++)
  for (let index = 0; index < talk.people; index++) {
    const person: Person = {
      id: people.length,
      room,
      seat: await dialect.enter(talk.urls[index % talk.urls.length]!, { room: room + (talk.firstRoom ?? 0), index }),
      heard: 0,
      said: 0,
      saidAt: 0,
    }
    person.seat.socket.on("message", (data) => hear(person, String(data)))
    people.push(person)
  }

process.send!("seated")
await new Promise((go) => process.once("message", go))
if (talk.perSecond === undefined)
  for (const person of people.filter((_, i) => i % talk.people < talk.speakers)) say(person)
else void paced(talk.perSecond)
await pause(talk.warmUp * 1_000)
const before = saidBy()
const began = performance.now()
counts = true
process.send!("begins")
await pause(talk.seconds * 1_000)
counts = false
goes = false
const seconds = (performance.now() - began) / 1_000
const sends = saidBy() - before
process.send!("ends")
await until(
  isAllHeard,
  () =>
    `of ${saidBy()} texts some were not heard: ${people.map(({ heard, room }) => `${heard}/${saidIn[room]}`).slice(0, 20)}`,
)
const heard: Heard = { sends, seconds, said: saidBy(), echoes, deliveries }
process.send!(heard, () => process.exit(0))
