import { posting, socketOf } from "../systems/api.ts"
import { opened } from "../talk/dialect.ts"

/** Where the first message is said. */
export interface Stage {
  readonly url: string
  readonly token: string
  readonly room: string
}

/** Follows a room, says something there and gives the seq at which it was heard. */
export const firstMessage = async ({ url, token, room }: Stage): Promise<number> => {
  const { socket, next } = await opened(socketOf(url), { headers: { authorization: `Bearer ${token}` } })
  const ask = (id: number, method: string, path: string, input: object): void =>
    socket.send(JSON.stringify({ id, method, params: { path, input } }))
  const live = next((frame) => frame.includes('"_tag":"Live"'))
  ask(1, "subscription", "room.follow", { room })
  await live
  const heard = next((frame) => frame.includes('"_tag":"Events"') && frame.includes("the first message"))
  ask(2, "mutation", "message.post", posting(room, "the first message"))
  const seq = Number(/"seq":(\d+)/.exec(await heard)![1])
  socket.terminate()
  return seq
}
