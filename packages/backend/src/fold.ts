import { Message, Room, Timeline } from "@roomlog/domain"
import type { InlineRows } from "@roomlog/log"
import type { MessageId, NoticeView, Role, RoomEvent } from "@roomlog/schemas"
import { memberKey, reactionKey, rows } from "./rows.ts"
import { Layer, type Warm } from "./warm.ts"

/** What the read models say, as far as it is kept in memory. */
export interface Memory {
  readonly rooms: Warm<Room.Room>
  readonly members: Warm<Role>
  readonly messages: Warm<Message.Message>
  readonly reactions: Warm<true>
}

/**
 * What events make of the read models: the one fold behind live rows and rebuilt rows. The room and the message that
 * an event changes must be known, by `learn` or from what is warm; the rest needs no past.
 */
export class Fold {
  readonly rooms: Layer<Room.Room>
  readonly members: Layer<Role>
  readonly messages: Layer<Message.Message>
  readonly reactions: Layer<true>
  readonly notices: NoticeView[] = []
  readonly begun = new Set<MessageId>()

  constructor({ rooms, members, messages, reactions }: Memory) {
    this.rooms = new Layer(rooms)
    this.members = new Layer(members)
    this.messages = new Layer(messages)
    this.reactions = new Layer(reactions)
  }

  /** Takes the events of a room in order. */
  evolve(event: RoomEvent): void {
    const id = Message.subject(event)
    if (id === undefined) return this.#evolveRoom(event)
    const before = this.messages.get(id)
    const message = Message.evolve(before, event)
    if (message && before === undefined) this.begun.add(id)
    if (message) this.messages.change(id, message)
    const { event: happened } = event
    if (happened._tag === "Reacted") this.reactions.change(reactionKey(id, happened.emoji, event.by), true)
    if (happened._tag === "Unreacted") this.reactions.change(reactionKey(id, happened.emoji, event.by), null)
  }

  /** The rows of everything that changed. */
  rows(): InlineRows {
    return rows(this)
  }

  #evolveRoom(event: RoomEvent): void {
    const before = this.rooms.get(event.room)
    const after = Room.evolve(before, event)
    if (after !== undefined && after !== before) this.rooms.change(event.room, after)
    const membership = Room.membership(event)
    if (membership) this.members.change(memberKey(event.room, membership.user), membership.role)
    const notice = Timeline.notice(event)
    if (notice) this.notices.push(notice)
  }
}
