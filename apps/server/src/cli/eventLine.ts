import type { Query, Stored } from "@roomlog/log"
import type { EventTag } from "@roomlog/schemas"
import { oneLine, time } from "./lines.ts"

/** Tells an event in one line: when, in which room, which in it, who, and what. */
export const makeTeller = (query: Query): ((event: Stored) => Promise<string>) => {
  const roomName = remembering(async (id) => nameIn(await query("select name from room where id = $1", [id])))
  const personName = remembering(async (id) => nameIn(await query("select name from profile where id = $1", [id])))
  return async (event) => {
    if (event.type === "RoomRenamed") roomName.forget(event.stream)
    const room = (await roomName.of(event.stream)) ?? event.stream
    const actor = (await personName.of(event.actor)) ?? event.actor
    const about = event.body["user"]
    const whom = typeof about === "string" ? ((await personName.of(about)) ?? about) : ""
    return `${time(event.at)}  ${oneLine(room)} #${event.seq}  ${oneLine(actor)}: ${oneLine(what(event, whom))}`
  }
}

/** What happened, in the words of the chat; of an event that this version does not know, its name and its body. */
const what = ({ type, body }: Stored, whom: string): string => {
  const text = (name: string): string => String(body[name] ?? "")
  const said: Readonly<Record<EventTag, () => string>> = {
    RoomCreated: () => `made the room "${text("name")}"`,
    RoomRenamed: () => `named the room "${text("name")}"`,
    TopicSet: () => `set the topic to "${text("topic")}"`,
    InvitationRenewed: () => "renewed the invitation",
    MemberJoined: () => `${whom} is in now, as ${text("role")}`,
    MemberLeft: () => `${whom} left`,
    MemberRemoved: () => `removed ${whom}`,
    RoleGiven: () => `made ${whom} ${text("role")}`,
    MessagePosted: () => `${text("text")}${images(body["images"])}`,
    MessageEdited: () => `changed ${text("message")} to ${text("text")}`,
    MessageRemoved: () => `removed ${text("message")}`,
    MessageRestored: () => `restored ${text("message")}`,
    Reacted: () => `${text("emoji")} on ${text("message")}`,
    Unreacted: () => `took back ${text("emoji")} on ${text("message")}`,
  }
  return type in said ? said[type as EventTag]() : `${type} ${JSON.stringify(body)}`
}

const images = (all: unknown): string => (Array.isArray(all) ? " [image]".repeat(all.length) : "")

const nameIn = ([row]: ReadonlyArray<Record<string, unknown>>): string | undefined =>
  typeof row?.["name"] === "string" ? row["name"] : undefined

/** Asks once for each, as long as there are few. */
const remembering = (ask: (id: string) => Promise<string | undefined>) => {
  const known = new Map<string, Promise<string | undefined>>()
  return {
    of: (id: string) => {
      const found = known.get(id) ?? ask(id)
      if (known.size > 10_000) known.clear()
      known.set(id, found)
      return found
    },
    forget: (id: string) => void known.delete(id),
  }
}
