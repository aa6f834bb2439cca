import { Message } from "@roomlog/domain"
import type {
  Command,
  CommandId,
  DeliveredEvent,
  Event,
  HistoryPage,
  HistoryQuery,
  MessageId,
  MessageView,
  Profile,
  Receipt,
  RoomId,
  Seq,
  TimelineItem,
  Token,
  UserId,
} from "@roomlog/schemas"
import { Rejected } from "../contract.ts"

/** What a correct server knows of one room: its log, and nothing else. */
export interface ModelRoom {
  readonly id: RoomId
  readonly log: ReadonlyArray<DeliveredEvent>
  readonly token: (seq?: Seq) => Token
  /** Carries a command out, once for its id. */
  readonly tell: (by: Profile, command: Command, id: CommandId) => Receipt
  /** What a page shows when the head was read as `head`. */
  readonly page: (query: HistoryQuery, reader: UserId, head: Seq) => HistoryPage
  readonly lines: () => ReadonlyArray<TimelineItem>
  readonly reactionsOf: (reader: UserId) => HistoryPage["mine"]
  /** Hears every event when it happens. */
  readonly onEvent: (heard: (event: DeliveredEvent) => void) => void
}

/** An empty room. */
export const modelRoom = (id: RoomId, now: () => number): ModelRoom => {
  const log: DeliveredEvent[] = []
  const receipts = new Map<CommandId, Receipt>()
  const hearers: ((event: DeliveredEvent) => void)[] = []
  const token = (seq = log.length): Token => `0000abcd.${seq}` as Token

  const append = (by: Profile, command: CommandId, event: Event): void => {
    const recorded = { room: id, seq: log.length + 1, at: now(), by: by.id, name: by.name, command, event }
    log.push(recorded)
    for (const hear of hearers) hear(recorded)
  }

  const tell: ModelRoom["tell"] = (by, command, commandId) => {
    const found = receipts.get(commandId)
    if (found !== undefined) return found
    append(by, commandId, eventOf(command, by, log))
    const receipt = { room: id, seq: log.length, at: now(), token: token() }
    receipts.set(commandId, receipt)
    return receipt
  }

  let folded: { readonly length: number; readonly lines: ReadonlyArray<TimelineItem> } | undefined
  const lines = (): ReadonlyArray<TimelineItem> => {
    if (folded?.length !== log.length) folded = { length: log.length, lines: fold() }
    return folded.lines
  }

  const fold = (): ReadonlyArray<TimelineItem> => {
    const messages = new Map<MessageId, MessageView>()
    for (const recorded of log) {
      const subject = Message.subject(recorded)
      if (subject !== undefined) messages.set(subject, Message.evolve(messages.get(subject), recorded)!)
    }
    return [...messages.values()].map(Message.shown)
  }

  const page: ModelRoom["page"] = ({ before, after, around, limit = 50 }, reader, head) => {
    const all = lines().filter(({ seq }) => seq <= head)
    const middle = all.findIndex(({ seq }) => seq >= (around ?? 0))
    const start = Math.max(0, (middle < 0 ? all.length : middle) - (limit >> 1))
    const chosen =
      before !== undefined
        ? all.filter(({ seq }) => seq < before).slice(-limit)
        : after !== undefined
          ? all.filter(({ seq }) => seq > after).slice(0, limit)
          : around !== undefined
            ? all.slice(start, start + limit)
            : all.slice(-limit)
    const first = chosen[0]?.seq ?? before ?? head
    const last = chosen.at(-1)?.seq ?? after ?? head
    return {
      items: chosen,
      upTo: token(head),
      hasOlder: all.some(({ seq }) => seq < first),
      hasNewer: all.some(({ seq }) => seq > last),
      people: [],
      quotes: [],
      mine: reactionsOf(reader, log).filter(({ message }) =>
        chosen.some((item) => item._tag === "Message" && item.id === message),
      ),
    }
  }

  return {
    id,
    log,
    token,
    tell,
    page,
    lines,
    reactionsOf: (reader) => reactionsOf(reader, log),
    onEvent: (heard) => void hearers.push(heard),
  }
}

const eventOf = (command: Command, by: Profile, log: ReadonlyArray<DeliveredEvent>): Event => {
  switch (command._tag) {
    case "PostMessage":
      if (command.text === "refused") throw new Rejected({ _tag: "MessageIsEmpty", field: "text" }, "Refused.")
      return { _tag: "MessagePosted", message: command.message, text: command.text, images: [], replyTo: null }
    case "EditMessage":
      return { _tag: "MessageEdited", message: command.message, text: command.text }
    case "RemoveMessage":
      return { _tag: "MessageRemoved", message: command.message }
    case "React":
    case "Unreact": {
      const { message, emoji } = command
      const isThere = reactionsOf(by.id, log).some((one) => one.message === message && one.emoji === emoji)
      if (isThere === (command._tag === "React")) throw new Rejected({ _tag: "NothingChanged" }, "It is so already.")
      return { _tag: command._tag === "React" ? "Reacted" : "Unreacted", message, emoji }
    }
    default:
      throw new Error(`the model knows no ${command._tag}`)
  }
}

const reactionsOf = (reader: UserId, log: ReadonlyArray<DeliveredEvent>): HistoryPage["mine"] => {
  const mine = new Map<string, HistoryPage["mine"][number]>()
  for (const { by, event } of log) {
    if (by !== reader || (event._tag !== "Reacted" && event._tag !== "Unreacted")) continue
    const key = `${event.message} ${event.emoji}`
    if (event._tag === "Reacted") mine.set(key, { message: event.message, emoji: event.emoji })
    else mine.delete(key)
  }
  return [...mine.values()]
}
