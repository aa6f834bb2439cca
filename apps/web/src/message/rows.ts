import type { Pending } from "@roomlog/client"
import type { MessageId, MessageView, NoticeView, RoomId, Seq, TimelineItem, UserId } from "@roomlog/schemas"

/** A message on its way; null once the server has it. */
export type Delivery = { readonly state: Pending["state"]; readonly problem: string | null } | null

/** A line of the timeline. Its key stays the same when a message settles, is edited or gets company. */
export type Row =
  | { readonly kind: "day"; readonly key: string; readonly at: number }
  | { readonly kind: "divider"; readonly key: string; readonly at: number }
  | { readonly kind: "notices"; readonly key: string; readonly notices: ReadonlyArray<NoticeView> }
  | {
      readonly kind: "message"
      readonly key: string
      readonly message: MessageView
      /** Begins a group: shows author and time. */
      readonly first: boolean
      readonly delivery: Delivery
    }
export type MessageRow = Extract<Row, { kind: "message" }>

export interface Reading {
  readonly room: RoomId
  readonly me: UserId
  readonly items: ReadonlyArray<TimelineItem>
  readonly pending: ReadonlyArray<Pending>
  /** Seq after which messages of others were new on entering; null when all was read. */
  readonly newAfter: Seq | null
}

/** How long one author's messages stand together, in milliseconds. */
export const groupSpan = 5 * 60_000

/** The lines of a timeline: days, the unread divider, folded comings and goings, messages in groups, and mine on their way. */
export const rowsOf = (reading: Reading): ReadonlyArray<Row> => {
  const rows: Row[] = []
  let at = 0
  let dividerDue = reading.newAfter !== null
  for (const item of reading.items) {
    if (!isSameDay(at, item.at)) rows.push({ kind: "day", key: `day ${item.seq}`, at: item.at })
    if (dividerDue && isNew(item, reading)) {
      rows.push({ kind: "divider", key: "divider", at: item.at })
      dividerDue = false
    }
    if (item._tag === "Message") rows.push(messageRow(item, rows.at(-1), null))
    else withNotice(rows, item)
    at = item.at
  }
  for (const pending of withoutSettled(reading)) {
    if (!isSameDay(at, pending.at)) rows.push({ kind: "day", key: `day ${pending.message}`, at: pending.at })
    rows.push(messageRow(standIn(pending, reading), rows.at(-1), deliveryOf(pending)))
    at = pending.at
  }
  return rows
}

/** Whether two rows would look the same, so that nothing need be drawn again. */
export const isSameRow = (a: Row, b: Row): boolean => {
  if (a.kind === "message")
    return b.kind === "message" && a.message === b.message && a.first === b.first && a.delivery === b.delivery
  if (a.kind === "notices")
    return b.kind === "notices" && a.notices.length === b.notices.length && a.notices.at(-1) === b.notices.at(-1)
  return a.kind === b.kind && a.at === b.at
}

/** Messages of others after a seq, in a window. */
export const newSince = (items: ReadonlyArray<TimelineItem>, seq: Seq, me: UserId): ReadonlyArray<MessageView> =>
  items.filter((item): item is MessageView => item._tag === "Message" && item.seq > seq && item.by !== me)

export const messageKey = (id: MessageId): string => `message ${id}`

const isNew = (item: TimelineItem, { newAfter, me }: Reading): boolean =>
  item._tag === "Message" && newAfter !== null && item.seq > newAfter && item.by !== me

const withoutSettled = ({ items, pending }: Reading): ReadonlyArray<Pending> =>
  pending.filter(({ message }) => !items.some((item) => item._tag === "Message" && item.id === message))

const isSameDay = (a: number, b: number): boolean => new Date(a).toDateString() === new Date(b).toDateString()

const messageRow = (message: MessageView, before: Row | undefined, delivery: Delivery): MessageRow => ({
  kind: "message",
  key: messageKey(message.id),
  message,
  first: !continues(message, before),
  delivery,
})

const continues = (message: MessageView, before: Row | undefined): boolean =>
  before?.kind === "message" &&
  before.message.by === message.by &&
  message.replyTo === null &&
  message.at - before.message.at <= groupSpan

/** Comings and goings that follow each other are one line; every other notice has its own. */
const withNotice = (rows: Row[], notice: NoticeView): void => {
  const last = rows.at(-1)
  if (last?.kind === "notices" && isPassage(notice) && last.notices.every(isPassage))
    rows[rows.length - 1] = { ...last, notices: [...last.notices, notice] }
  else rows.push({ kind: "notices", key: `notice ${notice.seq}`, notices: [notice] })
}

const isPassage = ({ event }: NoticeView): boolean => event._tag === "MemberJoined" || event._tag === "MemberLeft"

const standIns = new WeakMap<Pending, MessageView>()
const standIn = (pending: Pending, { room, me }: Reading): MessageView => {
  const made = standIns.get(pending) ?? {
    _tag: "Message",
    room,
    id: pending.message,
    seq: 0,
    at: pending.at,
    by: me,
    text: pending.text,
    images: pending.images,
    replyTo: pending.replyTo === null ? null : { message: pending.replyTo, seq: 0 },
    editedAt: null,
    removed: null,
    reactions: [],
    revision: 0,
  }
  standIns.set(pending, made)
  return made
}

const deliveries = new WeakMap<Pending, Delivery>()
const deliveryOf = (pending: Pending): Delivery => {
  const made = deliveries.get(pending) ?? { state: pending.state, problem: pending.problem }
  deliveries.set(pending, made)
  return made
}
