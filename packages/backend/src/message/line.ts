import { Message, type Timeline } from "@roomlog/domain"
import { NoticeView, type TimelineItem, type UserId } from "@roomlog/schemas"
import { Option, Schema } from "effect"

/** A line of a room's history on its way to readers. */
export interface Line {
  /** A `TimelineItem`. */
  readonly json: string
  /** Everybody whose name its readers need. */
  readonly people: ReadonlyArray<UserId>
  /** What it says, where there may be more to look up: what it answers, or who reacted to it. */
  readonly item?: TimelineItem
}

/**
 * Reads a line as Postgres writes it. A message that answers nothing, shows no image, was not removed and has no reactions
 * is handed on as it is, which most lines are: there is nothing to hide in it and nothing to look up. Everything else is
 * read, and so is what Postgres may write in another way one day.
 */
export const lineOf = (view: string): Line => {
  const by = plain.exec(view)?.[1]
  if (by !== undefined) return { json: view, people: [by as UserId] }
  const item = toItem(JSON.parse(view) as Timeline.Item)
  return { json: JSON.stringify(item), people: mentioned(item), item }
}

/** What readers may see of a line. One that a newer version wrote, and this one cannot read, is a line all the same. */
export const toItem = (view: Timeline.Item): TimelineItem => {
  if (view._tag === "Message") return Message.shown(view)
  return Option.getOrElse(notice(view), () => ({ ...view, event: { _tag: "Unknown", type: view.event._tag } }))
}

/** Everybody whose name a reader of this needs. */
export const mentioned = (item: TimelineItem): ReadonlyArray<UserId> => {
  if (item._tag === "Message") return item.removed ? [item.by, item.removed.by] : [item.by]
  return "user" in item.event ? [item.by, item.event.user] : [item.by]
}

const notice = Schema.decodeUnknownOption(NoticeView)

/** All fields of such a message and no other, in the order of jsonb: by length, then by letters. */
const fields = [
  String.raw`"at": \d+`,
  String.raw`"by": "([^"]+)"`,
  String.raw`"id": "[^"]+"`,
  String.raw`"seq": \d+`,
  String.raw`"_tag": "Message"`,
  String.raw`"room": "[^"]+"`,
  String.raw`"text": "[^"\\]*(?:\\.[^"\\]*)*"`,
  String.raw`"images": \[\]`,
  String.raw`"removed": null`,
  String.raw`"replyTo": null`,
  String.raw`"editedAt": (?:null|\d+)`,
  String.raw`"revision": \d+`,
  String.raw`"reactions": \[\]`,
]
const plain = new RegExp(`^{${fields.join(", ")}}$`)
