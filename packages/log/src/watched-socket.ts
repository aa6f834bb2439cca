import { connect, type NetConnectOpts, type Socket } from "node:net"

/**
 * A connection that ends itself when something was sent and nothing came back for `silence` milliseconds. Without it
 * a network that swallows packets holds a query for a quarter of an hour. Does not see into TLS.
 */
export const watchedSocket = (to: NetConnectOpts, silence: number): Socket => {
  const socket = connect(to)
  const write = socket.write
  let timer: NodeJS.Timeout | undefined
  const heard = () => {
    clearTimeout(timer)
    timer = undefined
  }
  socket.write = ((...sent: Parameters<Socket["write"]>) => {
    timer ??= setTimeout(() => socket.destroy(new Error("The database does not answer")), silence)
    return write.apply(socket, sent)
  }) as Socket["write"]
  return socket.on("data", heard).once("close", heard)
}
