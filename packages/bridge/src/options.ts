import type { IncomingMessage } from "node:http"
import type { ServerOptions } from "socket.io"
import { mostImageBytes } from "./dataUrl.ts"

/** Bytes of one event: an image of up to twice the cap is still answered in words; beyond, the connection ends. */
export const mostEventBytes = 2 * Math.ceil((mostImageBytes * 4) / 3) + 64 * 1024

/** How the Socket.IO server of old clients must be made. `mayConnect` judges the origin of each of them. */
export const bridgeOptions = (mayConnect: (request: IncomingMessage) => boolean): Partial<ServerOptions> => ({
  path: "/socket.io/",
  allowEIO3: true,
  destroyUpgrade: false,
  serveClient: false,
  perMessageDeflate: false,
  maxHttpBufferSize: mostEventBytes,
  allowRequest: (request, answer) => answer(null, mayConnect(request)),
  // Pages of other allowed origins may poll; the origin is never answered with a star.
  cors: (request, answer) => answer(null, { origin: mayConnect(request as IncomingMessage), credentials: true }),
})
