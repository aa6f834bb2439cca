import { randomUUID } from "node:crypto"

/** Calls a mutation of a Roomlog over HTTP. */
export const call = async <A = unknown>(url: string, path: string, input: object, token?: string): Promise<A> => {
  const response = await fetch(`${url}/trpc/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body: JSON.stringify(input),
  })
  const answer = (await response.json()) as { result?: { data: A }; error?: { message: string } }
  if (answer.result === undefined) throw new Error(`${path}: ${answer.error?.message}`)
  return answer.result.data
}

/** Signs somebody in and gives the session's token. */
export const signedIn = async (url: string, name: string): Promise<string> =>
  (await call<{ token: string }>(url, "identity.signIn", { name })).token

/** Makes a public room and gives its id. */
export const madeRoom = async (url: string, name: string, token: string): Promise<string> => {
  const room = randomUUID()
  await call(url, "room.create", { commandId: randomUUID(), room, name, topic: "", visibility: "public" }, token)
  return room
}

/** The input of a text's `message.post`. */
export const posting = (room: string, text: string) => ({
  commandId: randomUUID(),
  room,
  message: randomUUID(),
  text,
  images: [],
  replyTo: null,
})

/** Where a server's WebSocket is. */
export const socketOf = (url: string): string => `${url.replace("http", "ws")}/trpc`
