import type {
  CommandOf,
  ImageRef,
  MediaKey,
  MessageId,
  Role,
  RoomId,
  StoredImage,
  UserId,
  Visibility,
} from "@roomlog/schemas"

/** The n-th id of a story, as a UUIDv7. */
export const id = <Id extends UserId | RoomId | MessageId>(n: number): Id =>
  `01900000-0000-7000-8000-${n.toString(16).padStart(12, "0")}` as Id

/** The people of the stories. */
export const [ann, bob, cat, eve] = [1, 2, 3, 4].map((n) => id<UserId>(n)) as [UserId, UserId, UserId, UserId]
/** The rooms of the stories: everybody may come into the lobby, the cellar takes an invitation. */
export const [lobby, cellar] = [101, 102].map((n) => id<RoomId>(n)) as [RoomId, RoomId]
/** Messages of the stories. */
export const [hello, reply, other] = [201, 202, 203].map((n) => id<MessageId>(n)) as [MessageId, MessageId, MessageId]

/** An image of the stories: a cat, 4 by 3. */
export const picture: StoredImage = {
  key: "img_1700000000_00000000000000000000000000000001.png" as MediaKey,
  type: "image/png",
  width: 4,
  height: 3,
  bytes: 68,
}

// Commands in few words. They are about the lobby and the message `hello` if nothing else is said.

export const create = (more: Partial<CommandOf<"CreateRoom">> = {}): CommandOf<"CreateRoom"> => ({
  _tag: "CreateRoom",
  room: lobby,
  name: "lobby",
  topic: "",
  visibility: "public" satisfies Visibility,
  ...more,
})
export const join = (room = lobby, invitation?: string): CommandOf<"JoinRoom"> => ({
  _tag: "JoinRoom",
  room,
  ...(invitation === undefined ? {} : { invitation }),
})
export const leave = (room = lobby): CommandOf<"LeaveRoom"> => ({ _tag: "LeaveRoom", room })
export const rename = (name: string, room = lobby): CommandOf<"RenameRoom"> => ({ _tag: "RenameRoom", room, name })
export const setTopic = (topic: string, room = lobby): CommandOf<"SetTopic"> => ({ _tag: "SetTopic", room, topic })
export const renewInvitation = (room = lobby): CommandOf<"RenewInvitation"> => ({ _tag: "RenewInvitation", room })
export const giveRole = (user: UserId, role: Role, room = lobby): CommandOf<"GiveRole"> => ({
  _tag: "GiveRole",
  room,
  user,
  role,
})
export const removeMember = (user: UserId, room = lobby): CommandOf<"RemoveMember"> => ({
  _tag: "RemoveMember",
  room,
  user,
})

export const post = (text: string, more: Partial<CommandOf<"PostMessage">> = {}): CommandOf<"PostMessage"> => ({
  _tag: "PostMessage",
  room: lobby,
  message: hello,
  text,
  images: [],
  replyTo: null,
  ...more,
})
export const show = (...images: ReadonlyArray<ImageRef>): CommandOf<"PostMessage"> => post("", { images })
export const edit = (text: string, message = hello, room = lobby): CommandOf<"EditMessage"> => ({
  _tag: "EditMessage",
  room,
  message,
  text,
})
export const remove = (message = hello, room = lobby): CommandOf<"RemoveMessage"> => ({
  _tag: "RemoveMessage",
  room,
  message,
})
export const restore = (message = hello, room = lobby): CommandOf<"RestoreMessage"> => ({
  _tag: "RestoreMessage",
  room,
  message,
})
export const react = (emoji: string, message = hello, room = lobby): CommandOf<"React"> => ({
  _tag: "React",
  room,
  message,
  emoji,
})
export const unreact = (emoji: string, message = hello, room = lobby): CommandOf<"Unreact"> => ({
  _tag: "Unreact",
  room,
  message,
  emoji,
})
