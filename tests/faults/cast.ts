import { randomUUID } from "node:crypto"
import type { Receipt, Session } from "@roomlog/schemas"
import { tell } from "./ask.ts"

/** Somebody with a session, who writes in one room. */
export interface Person {
  readonly id: string
  readonly token: string
  readonly room: string
}

/** A command that was answered: what the log must hold, exactly so. */
export interface Acknowledged {
  readonly actor: string
  readonly command: string
  readonly room: string
  readonly seq: number
  readonly at: number
  /** What was said, if something was. */
  readonly text?: string
  /** By this process's clock: when it was first sent, and when the answer came. */
  readonly sentAt: number
  readonly ackedAt: number
}

export interface Cast {
  readonly people: ReadonlyArray<Person>
  readonly rooms: ReadonlyArray<string>
  /** What was done to bring them there. */
  readonly acknowledged: ReadonlyArray<Acknowledged>
}

/** Signs people in, makes rooms, and lets everybody join one, over all nodes in turn. */
export const assemble = async (
  urls: ReadonlyArray<string>,
  size: { readonly people: number; readonly rooms: number; readonly name?: string },
): Promise<Cast> => {
  const { name = "Writer" } = size
  const rooms = Array.from({ length: size.rooms }, () => randomUUID())
  const signIn = (i: number) =>
    tell<Session>({ url: urls[i % urls.length]! }, "identity.signIn", { name: `${name} ${i}` })
  const sessions = await Promise.all(Array.from({ length: size.people }, (_, i) => signIn(i)))
  const people = sessions.map(({ user, token }, i) => ({ id: user.id, token, room: rooms[i % rooms.length]! }))
  const create = people.slice(0, rooms.length).map(({ room }, i) => ({ room, name: `room ${name} ${i}`.toLowerCase() }))
  const made = await Promise.all(
    create.map((words, i) =>
      carryOut(urls[i % urls.length]!, people[i]!, "room.create", { ...words, topic: "", visibility: "public" }),
    ),
  )
  const others = people.slice(rooms.length)
  const joined = await Promise.all(
    others.map((person, i) => carryOut(urls[i % urls.length]!, person, "room.join", { room: person.room })),
  )
  return { people, rooms, acknowledged: [...made, ...joined] }
}

const carryOut = async (
  url: string,
  { id: actor, token }: Person,
  path: string,
  words: Readonly<Record<string, string>> & { readonly room: string },
): Promise<Acknowledged> => {
  const command = randomUUID()
  const sentAt = performance.now()
  const { seq, at } = await tell<Receipt>({ url, token }, path, { ...words, commandId: command })
  return { actor, command, room: words.room, seq, at, sentAt, ackedAt: performance.now() }
}
