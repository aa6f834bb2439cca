import type { OpenRoom, Roomlog, RoomState } from "@roomlog/client"
import type { MessageView, Profile, RoomSummary, Seq, UserId } from "@roomlog/schemas"
import { type Accessor, createContext, useContext } from "solid-js"
import type { Attachments } from "./media/attachments.ts"
import type { WhoIs } from "./message/markdown.ts"
import type { Members } from "./presence/members.ts"
import type { Address } from "./room/address.ts"
import type { makeEscapes } from "./ui/keys.ts"

/** What every part of the page can reach. */
export interface Chat {
  readonly roomlog: Roomlog
  readonly rooms: Accessor<ReadonlyArray<RoomSummary>>
  readonly address: Accessor<Address>
  readonly go: (path: string, replace?: boolean) => void
  readonly escapes: ReturnType<typeof makeEscapes>
  readonly openDialog: (dialog: "switcher" | "new room" | "keys" | "notifications" | null) => void
}

/** What the composer is for: a new message, an answer, or a correction. */
export type Intent =
  | { readonly kind: "new" }
  | { readonly kind: "reply"; readonly to: MessageView }
  | { readonly kind: "edit"; readonly message: MessageView }

/** The room that is open, and what its parts share. */
export interface Scene {
  readonly summary: Accessor<RoomSummary>
  readonly open: OpenRoom
  readonly state: Accessor<RoomState>
  readonly me: Profile
  readonly nameOf: (user: UserId) => string
  /** Who a name means here, by its key. */
  readonly whoIs: Accessor<WhoIs>
  readonly intent: Accessor<Intent>
  readonly setIntent: (intent: Intent) => void
  readonly attachments: Attachments
  readonly members: Members
  /** Brings a message into sight and marks it for a moment. */
  readonly jumpTo: (seq: Seq) => void
  readonly toPresent: () => void
  readonly showImage: (key: string) => void
}

export const ChatContext = createContext<Chat>()
export const SceneContext = createContext<Scene>()

export const useChat = (): Chat => required(useContext(ChatContext))
export const useScene = (): Scene => required(useContext(SceneContext))

const required = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error("used outside of its provider")
  return value
}
