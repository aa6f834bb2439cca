import type { Command, CommandId, Receipt } from "@roomlog/schemas"
import type { Clock } from "../clock.ts"
import { Rejected, type Roomlog } from "../contract.ts"
import { newCommandId, newRoomId } from "../ids.ts"
import { insist } from "../insist.ts"
import type { Server } from "../server.ts"

export interface CommandNeeds {
  readonly server: Server
  readonly clock: Clock
  readonly retryDelay: (n: number) => number
}

/** Carries a command out once, however often it must be sent; gives up after half a minute without an answer. */
export const teller =
  ({ server, clock, retryDelay }: CommandNeeds) =>
  (command: Command, id: CommandId = newCommandId()): Promise<Receipt> =>
    insist((signal) => server.tell(command, id, signal), { clock, retryDelay })

/** Takes "it is so already" for done. */
export const already = async (done: Promise<unknown>): Promise<void> => {
  await done.catch((problem: unknown) => {
    if (!isRefusal(problem, "NothingChanged")) throw problem
  })
}

export const isRefusal = (problem: unknown, tag: Rejected["rejection"]["_tag"]): boolean =>
  problem instanceof Rejected && problem.rejection._tag === tag

type RoomCalls = Omit<Roomlog["rooms"], "list" | "refresh">

/** Everything one can do with rooms from outside. */
export const roomCalls = (needs: CommandNeeds): RoomCalls => {
  const { server, clock, retryDelay } = needs
  const tell = teller(needs)
  const ask = <T>(call: () => Promise<T>): Promise<T> => insist(call, { clock, retryDelay })

  const find: RoomCalls["find"] = (name, code) => ask(() => server.find(asRoomName(name), code))
  const join: RoomCalls["join"] = async (room, invitation) => {
    await tell({ _tag: "JoinRoom", room, ...(invitation === undefined ? {} : { invitation }) })
  }
  const create: RoomCalls["create"] = async ({ name, topic = "", visibility = "public" }) => {
    const room = newRoomId()
    await tell({ _tag: "CreateRoom", room, name: asRoomName(name), topic, visibility })
    return room
  }
  const invitation: RoomCalls["invitation"] = (room) => ask(() => server.invitation(room))

  const enter: RoomCalls["enter"] = async (name, code) => {
    const found = await find(name, code)
    if (found !== null && found.role !== null) return found
    try {
      if (found === null) await create({ name })
      else await join(found.room, code)
    } catch (problem) {
      const isRace = isRefusal(problem, found === null ? "RoomNameTaken" : "AlreadyMember")
      const now = isRace ? await find(name, code) : null
      if (now === null) throw problem
      if (now.role === null) await join(now.room, code)
    }
    const entered = await find(name)
    if (entered === null) throw new Error("The room was there and is gone.")
    return entered
  }

  return {
    find,
    create,
    enter,
    join,
    leave: async (room) => void (await tell({ _tag: "LeaveRoom", room })),
    rename: async (room, name) => void (await tell({ _tag: "RenameRoom", room, name: asRoomName(name) })),
    setTopic: async (room, topic) => void (await tell({ _tag: "SetTopic", room, topic })),
    members: (room) => ask(() => server.members(room)),
    invitation,
    renewInvitation: async (room) => {
      await tell({ _tag: "RenewInvitation", room })
      return invitation(room)
    },
    giveRole: async (room, user, role) => void (await tell({ _tag: "GiveRole", room, user, role })),
    removeMember: async (room, user) => void (await tell({ _tag: "RemoveMember", room, user })),
  }
}

/** A room's name as people may write it, as it stands in its address. */
const asRoomName = (name: string): string => name.normalize("NFKC").toLowerCase().trim()
