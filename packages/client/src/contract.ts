import type {
  Device,
  HistoryPage,
  HistoryQuery,
  Image,
  Member,
  MessageId,
  MessageView,
  NoticeRule,
  Notify,
  Profile,
  Rejection,
  RoomId,
  RoomSummary,
  Seq,
  Session,
  StoredImage,
  TimelineItem,
  UserId,
  Visibility,
} from "@roomlog/schemas"

/** Something that can be read now and watched; the watcher is called after each change, never at once. */
export interface Readable<T> {
  readonly get: () => T
  readonly watch: (changed: (value: T) => void) => () => void
}

/** `connecting` is the first time; `waiting` says when the next try is due (ms since 1970). */
export type Connection =
  | { readonly _tag: "connecting" }
  | { readonly _tag: "online" }
  | { readonly _tag: "waiting"; readonly since: number; readonly retryAt: number }
  | { readonly _tag: "closed" }

/** A server's "no", as data. Everything else that fails is a plain `Error`. */
export class Rejected extends Error {
  readonly rejection: Rejection
  constructor(rejection: Rejection, message: string) {
    super(message)
    this.name = "Rejected"
    this.rejection = rejection
  }
}

/** Where the outbox and drafts survive a reload. `localStorage` fits. */
export interface Store {
  readonly getItem: (key: string) => string | null
  readonly setItem: (key: string, value: string) => void
  readonly removeItem: (key: string) => void
}

export interface ConnectOptions {
  /** Origin of the server, as `http://127.0.0.1:8000`. */
  readonly url: string
  /** Bearer token of a service; browsers leave it out and have the cookie. */
  readonly token?: string
  /** Carries calls and subscriptions: one WebSocket (default), or HTTP with server-sent events. */
  readonly transport?: "ws" | "http"
  readonly store?: Store
  /** For hosts without a global `WebSocket` or `fetch`, and for tests. */
  readonly WebSocket?: typeof WebSocket
  readonly fetch?: typeof fetch
  /** Milliseconds before try `n` (from 0) at connecting again; the default backs off from 100 to 5,000 with jitter. */
  readonly retryDelay?: (n: number) => number
}

/** A message of mine that the server has not confirmed yet. */
export interface Pending {
  readonly message: MessageId
  readonly at: number
  readonly text: string
  readonly images: ReadonlyArray<Image>
  readonly replyTo: MessageId | null
  /** `failed` ones wait for `retry` or `discard`; the others are sent again by themselves until the server answers. */
  readonly state: "waiting" | "sending" | "failed"
  /** Why it failed, in words for people. */
  readonly problem: string | null
}

/** What an open room shows. Immutable: what did not change is the same object as before. */
export interface RoomState {
  readonly room: RoomId
  /** `loading` until the first page is there; `lost` when reading is no longer allowed. */
  readonly phase: "loading" | "ready" | "lost"
  /** A window of the timeline, oldest first, at most about 300 items. */
  readonly items: ReadonlyArray<TimelineItem>
  readonly hasOlder: boolean
  readonly hasNewer: boolean
  /** Seq up to which the window is complete at its newer end. */
  readonly upTo: Seq
  readonly pending: ReadonlyArray<Pending>
  /** Names of everybody who appears, by user id. */
  readonly names: ReadonlyMap<UserId, string>
  /** Messages answered by replies in the window, by id. */
  readonly quotes: ReadonlyMap<MessageId, MessageView>
  /** My own reactions: emoji by message. */
  readonly mine: ReadonlyMap<MessageId, ReadonlySet<string>>
  /** Who is connected to the room now. */
  readonly here: ReadonlyArray<Profile>
  /** Who writes now, without me. */
  readonly typing: ReadonlyArray<Profile>
}

export interface NewMessage {
  readonly text: string
  readonly images?: ReadonlyArray<Image>
  readonly replyTo?: MessageId | null
}

/** An open room: history, live events, presence and everything one can do in it. */
export interface OpenRoom {
  readonly room: RoomId
  readonly state: Readable<RoomState>
  /** Resolves when the first page is there and the subscription is live. */
  readonly ready: Promise<void>
  /** Puts a message into the outbox; it stands in `pending` at once. Resolves with its seq when the server has it, rejects when it was refused or discarded. */
  readonly post: (message: NewMessage) => Promise<Seq>
  readonly retry: (message: MessageId) => void
  /** Takes a failed or waiting message out of the outbox and gives it back. */
  readonly discard: (message: MessageId) => Pending | undefined
  readonly edit: (message: MessageId, text: string) => Promise<void>
  readonly remove: (message: MessageId) => Promise<void>
  readonly restore: (message: MessageId) => Promise<void>
  /** Adds my reaction, or takes it back when it is there. */
  readonly toggleReaction: (message: MessageId, emoji: string) => Promise<void>
  /** Who reacted with an emoji, at most 100. */
  readonly reactors: (message: MessageId, emoji: string) => Promise<ReadonlyArray<Profile>>
  /** Extends the window; does nothing when there is no more or a load is under way. */
  readonly loadOlder: () => Promise<void>
  readonly loadNewer: () => Promise<void>
  /** Moves the window to a seq, or to the newest items. */
  readonly jumpTo: (seq: Seq | "newest") => Promise<void>
  /** Says which end of the window is being looked at, when no load says it: the window is trimmed at the other one. */
  readonly looking: (side: "older" | "newer") => void
  /** Says that I am writing; sends at most one signal in two seconds. */
  readonly typing: () => void
  readonly markRead: (upTo: Seq) => Promise<void>
  readonly close: () => void
}

/** An upload under way. */
export interface Upload {
  /** 0 to 100. */
  readonly progress: Readable<number>
  readonly done: Promise<StoredImage>
  readonly cancel: () => void
}

/** What somebody's room list shows, kept up to date by the server. */
export type RoomList = ReadonlyArray<RoomSummary>

/** Notifications of somebody who is away: on which devices, and of what. */
export interface Push {
  /** The server's public key for Web Push, in base64url. */
  readonly key: () => Promise<string>
  /** Notifies me on this device from now on. Telling it again is harmless. */
  readonly subscribe: (device: Device) => Promise<void>
  readonly unsubscribe: (device: Device) => Promise<void>
  /** My wishes; rooms without one are "mentions". */
  readonly rules: () => Promise<ReadonlyArray<NoticeRule>>
  readonly setRule: (room: RoomId, notify: Notify) => Promise<void>
  /** Says which room I look at now, so that nothing in it is notified. Holds for a minute; one try, no retry. */
  readonly attend: (room: RoomId | null) => Promise<void>
}

/** A connection to a Roomlog server. */
export interface Roomlog {
  readonly connection: Readable<Connection>
  /** Who I am; null before sign-in. */
  readonly me: Readable<Profile | null>
  /** Asks the server who this connection speaks for (cookie or token). */
  readonly resume: () => Promise<Profile | null>
  /** Signs in as a guest. Rejects with `NameInUse` (and a suggestion), `NameReserved` or `InvalidInput`. */
  readonly signIn: (name: string) => Promise<Session>
  readonly signOut: () => Promise<void>
  readonly rooms: {
    readonly list: Readable<RoomList>
    readonly refresh: () => Promise<RoomList>
    /** Null when there is none that I may know of; a private one is known to whoever holds its invitation. */
    readonly find: (name: string, invitation?: string) => Promise<RoomSummary | null>
    readonly create: (room: { name: string; topic?: string; visibility?: Visibility }) => Promise<RoomId>
    /** Finds or creates the room and joins it when I am not a member. */
    readonly enter: (name: string, invitation?: string) => Promise<RoomSummary>
    readonly join: (room: RoomId, invitation?: string) => Promise<void>
    readonly leave: (room: RoomId) => Promise<void>
    readonly rename: (room: RoomId, name: string) => Promise<void>
    readonly setTopic: (room: RoomId, topic: string) => Promise<void>
    readonly members: (room: RoomId) => Promise<ReadonlyArray<Member>>
    /** The current invitation code of a private room; owners only. */
    readonly invitation: (room: RoomId) => Promise<string>
    readonly renewInvitation: (room: RoomId) => Promise<string>
    readonly giveRole: (room: RoomId, user: UserId, role: Member["role"]) => Promise<void>
    readonly removeMember: (room: RoomId, user: UserId) => Promise<void>
  }
  /** Opens a room for reading and writing; at a seq, or at the newest items. The same room may be opened several times. */
  readonly open: (room: RoomId, at?: Seq) => OpenRoom
  readonly history: (query: HistoryQuery) => Promise<HistoryPage>
  readonly push: Push
  /** Uploads an image for a room; its key goes into a later message. */
  readonly upload: (room: RoomId, file: File) => Upload
  readonly close: () => void
}

/** Opens a connection. It mends itself until `close`. */
export type Connect = (options: ConnectOptions) => Roomlog
