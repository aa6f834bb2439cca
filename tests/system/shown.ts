import type { OpenRoom, RoomState } from "@roomlog/client"
import type { MessageView } from "@roomlog/schemas"
import { until } from "../live.ts"

/** What an open room shows: texts of messages, and what the other lines tell. */
export const lines = ({ items }: RoomState): ReadonlyArray<string> =>
  items.map((item) => (item._tag === "Message" ? item.text : item.event._tag))

/** The texts of its messages. */
export const texts = ({ items }: RoomState): ReadonlyArray<string> =>
  items.flatMap((item) => (item._tag === "Message" ? [item.text] : []))

/** Waits until somebody sees a message with this text, and gives it. */
export const sees = async (room: OpenRoom, text: string): Promise<MessageView> => {
  const isIt = (item: RoomState["items"][number]) => item._tag === "Message" && item.text === text
  const found = (await until(room.state, ({ items }) => items.some(isIt))).items.find(isIt)
  if (found?._tag !== "Message") throw new Error(`nobody said ${text}`)
  return found
}

/** Waits until everybody has heard everything up to a seq, and gives what each of them shows. */
export const allHeard = (rooms: ReadonlyArray<OpenRoom>, seq: number): Promise<ReadonlyArray<RoomState>> =>
  Promise.all(rooms.map(({ state }) => until(state, ({ upTo }) => upTo >= seq)))
