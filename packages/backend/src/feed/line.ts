import type { Stored, StoredText } from "@roomlog/log"
import { type CommandId, type DeliveredEvent, isCurrent, type Seq, type UserId } from "@roomlog/schemas"
import { recorded } from "../recorded.ts"

/** An event of a room as its readers are told it: made once, kept and told as text. */
export interface Line {
  readonly seq: Seq
  /** A `DeliveredEvent`. */
  readonly json: string
}

/** Names of people. */
type NameOf = (user: UserId) => string

/** A stored event with its author's name. */
export const delivered = (stored: Omit<StoredText, "text"> & Pick<Stored, "body">, nameOf: NameOf): DeliveredEvent => {
  const event = recorded(stored)
  return { ...event, name: nameOf(event.by), command: stored.command as CommandId }
}

export const lineOf = (event: DeliveredEvent): Line => ({ seq: event.seq, json: JSON.stringify(event) })

/**
 * The line of an event that is only handed on. What it says in today's words is not read: this system wrote it. Older
 * words are put into today's, and what was erased says nothing.
 */
export const lineOfText = (stored: StoredText, nameOf: NameOf): Line => {
  const { stream, seq, at, actor, type, command, text } = stored
  if (!isCurrent(stored) || text === "{}") return lineOf(parsed(stored, nameOf))
  const event = `{"_tag":"${type}",${text.slice(1)}`
  const name = JSON.stringify(nameOf(actor as UserId))
  const json = `{"room":"${stream}","seq":${seq},"at":${at},"by":"${actor}","event":${event},"name":${name},"command":"${command}"}`
  return { seq, json }
}

/** The same event in full. */
export const parsed = ({ text, ...stored }: StoredText, nameOf: NameOf): DeliveredEvent =>
  delivered({ ...stored, body: JSON.parse(text) as Stored["body"] }, nameOf)
