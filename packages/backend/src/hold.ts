import type { Socket } from "node:net"

/** Sockets that wait for the end of the turn to let go of what was written. */
let held: Array<Socket> = []

const letGo = (): void => {
  const sockets = held
  held = []
  for (const socket of sockets) socket.uncork()
}

/** What is written to a socket from now on leaves together at the end of this turn, in one write. */
export const hold = (socket: Socket): void => {
  if (socket.writableCorked > 0 || socket.destroyed) return
  socket.cork()
  if (held.push(socket) === 1) setImmediate(letGo)
}
