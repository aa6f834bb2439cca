import type {
  ActivityItem,
  Command,
  CommandId,
  FeedItem,
  HistoryPage,
  HistoryQuery,
  Member,
  MessageId,
  Profile,
  Receipt,
  RoomId,
  RoomSummary,
  Seq,
  Session,
  Token,
} from "@roomlog/schemas"
import type { Connection, Push, Readable } from "./contract.ts"

/** The answer never came: the connection was lost, the server broke or took too long. Asking again is safe and right. */
export class Lost extends Error {
  constructor(message: string) {
    super(message)
    this.name = "Lost"
  }
}

/** Hears a subscription. */
export interface Listener<Item> {
  readonly heard: (item: Item) => void
  /** It is over: `null` when the server ended it quietly. It is not heard again. */
  readonly ended: (problem: Error | null) => void
}

/** A frame of a room's feed and where its reader stands after it. */
export interface Frame {
  readonly token: Token
  readonly item: FeedItem
}

/**
 * What the client needs of a server, one try each. Calls fail with `Rejected` (the server says no), `Lost` (nobody
 * knows), or a plain error that would come again. A subscription goes on by itself over lost connections.
 */
export interface Server {
  readonly connection: Readable<Connection>
  readonly signIn: (name: string) => Promise<Session>
  readonly signOut: () => Promise<void>
  readonly me: () => Promise<Profile | null>
  /** Speaks for somebody else from now on; null is nobody. Subscriptions end. */
  readonly speakFor: (who: { readonly token?: string } | null) => void
  readonly list: () => Promise<ReadonlyArray<RoomSummary>>
  readonly find: (name: string, invitation?: string) => Promise<RoomSummary | null>
  readonly members: (room: RoomId) => Promise<ReadonlyArray<Member>>
  readonly invitation: (room: RoomId) => Promise<string>
  readonly history: (query: HistoryQuery) => Promise<HistoryPage>
  readonly reactors: (room: RoomId, message: MessageId, emoji: string) => Promise<ReadonlyArray<Profile>>
  readonly tell: (command: Command, id: CommandId, signal?: AbortSignal) => Promise<Receipt>
  readonly markRead: (room: RoomId, upTo: Seq) => Promise<void>
  readonly typing: (room: RoomId) => Promise<void>
  readonly follow: (query: { readonly room: RoomId; readonly from?: Token }, listener: Listener<Frame>) => () => void
  readonly activity: (listener: Listener<ActivityItem>) => () => void
  readonly push: Push
  readonly close: () => void
}
