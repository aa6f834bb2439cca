import type { Server, Socket } from "socket.io"
import { mostEventBytes } from "./options.ts"

/** Packets that a client may send in one request, or in one turn of the event loop. */
const mostAtOnce = 10_000

/**
 * Ends connections that would fill the memory before what they say can be answered: packets by the thousand in one
 * request, or bytes announced as parts of an event that never becomes whole. The server must be attached already.
 */
export const guard = (io: Server): void => {
  io.engine.on("connection", watch)
}

const watch = (connection: Socket["conn"]): void => {
  if (connection.transport.name === "polling") checkRequests(connection.transport as unknown as Polling)
  let count = 0
  let attached = 0
  connection.on("packet", ({ data }: { readonly data?: string | Uint8Array }) => {
    if (count === 0)
      setImmediate(() => {
        count = 0
      })
    count += 1
    attached = typeof data === "object" ? attached + data.byteLength : 0
    if (count > mostAtOnce || attached > mostEventBytes) connection.close(true)
  })
}

/** Engine.IO's transport for requests: it hands a whole body to this method of its own. */
interface Polling {
  onData: (body: string | Uint8Array) => void
  readonly onError: (why: string) => void
}

/** Counts the packets of a body before Engine.IO makes an object of each. */
const checkRequests = (transport: Polling): void => {
  const take = transport.onData.bind(transport)
  transport.onData = (body) => (isTooMany(body) ? transport.onError("too many packets") : take(body))
}

const isTooMany = (body: string | Uint8Array): boolean => {
  if (typeof body !== "string") return false
  let count = 0
  for (let at = body.indexOf(separator); at >= 0 && count <= mostAtOnce; at = body.indexOf(separator, at + 1))
    count += 1
  return count > mostAtOnce
}

const separator = "\x1e"
