import type { LaneSocket } from "./laneSocket.ts"

/** Beats of silence after which a client is asked whether it is there, and after which it is given up; one beat is a second. */
const asked = 15
const givenUp = 25

/**
 * Closes connections whose other end is gone without a word. One clock for all of them, which counts beats: a timer for each
 * takes 600 bytes and is set anew with each message, and a server that stood still does not take its own silence for theirs.
 */
export const keepAlive = ({ clients }: { readonly clients: ReadonlySet<LaneSocket> }): (() => void) => {
  const clock = setInterval(() => {
    for (const socket of clients) beat(socket)
  }, 1_000).unref()
  return () => clearInterval(clock)
}

const beat = (socket: LaneSocket): void => {
  socket.silence += 1
  if (socket.silence === asked) socket.send("PING")
  if (socket.silence === givenUp) socket.terminate()
}
