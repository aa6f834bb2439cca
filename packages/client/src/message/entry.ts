import type { CommandId, CommandOf, MessageId, RoomId, Seq } from "@roomlog/schemas"
import type { NewMessage, Pending } from "../contract.ts"

/** A message of mine on its way: what is shown of it, and what is needed to send it. */
export interface Entry {
  readonly room: RoomId
  readonly command: CommandId
  readonly pending: Pending
  /** Where it stands in the room, once that is known. */
  readonly seq: Seq | null
}

/** A message that has just been written. */
export const written = (room: RoomId, message: NewMessage, ids: Ids): Entry => ({
  room,
  command: ids.command,
  pending: {
    message: ids.message,
    at: ids.at,
    text: message.text,
    images: message.images ?? [],
    replyTo: message.replyTo ?? null,
    state: "waiting",
    problem: null,
  },
  seq: null,
})

interface Ids {
  readonly command: CommandId
  readonly message: MessageId
  readonly at: number
}

/** The command that posts an entry; the same one on every try. */
export const commandOf = ({ room, pending }: Entry): CommandOf<"PostMessage"> => ({
  _tag: "PostMessage",
  room,
  message: pending.message,
  text: pending.text,
  images: pending.images.map(({ key, alt }) => ({ key, alt })),
  replyTo: pending.replyTo,
})

/** The entry in another state. */
export const become = (entry: Entry, state: Pending["state"], problem: string | null = null): Entry =>
  entry.pending.state === state && entry.pending.problem === problem
    ? entry
    : { ...entry, pending: { ...entry.pending, state, problem } }

/** Entries as the store keeps them. */
export const toStored = (entries: ReadonlyArray<Entry>): string =>
  JSON.stringify(entries.map(({ room, command, pending }) => ({ room, command, pending })))

/** Entries as the store kept them; what cannot be read is left out. Those that were under way wait again. */
export const fromStored = (text: string | null): ReadonlyArray<Entry> => {
  try {
    const found: unknown = JSON.parse(text ?? "[]")
    return Array.isArray(found) ? found.filter(isEntry).map(afresh) : []
  } catch {
    return []
  }
}

const afresh = (entry: Entry): Entry =>
  entry.pending.state === "failed" ? { ...entry, seq: null } : become({ ...entry, seq: null }, "waiting")

const isEntry = (value: unknown): value is Entry =>
  isRecord(value) &&
  typeof value["room"] === "string" &&
  typeof value["command"] === "string" &&
  isRecord(value["pending"]) &&
  typeof value["pending"]["message"] === "string" &&
  typeof value["pending"]["text"] === "string" &&
  Array.isArray(value["pending"]["images"])

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null
