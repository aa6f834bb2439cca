import { makeClient } from "./client.ts"
import { backoff, wallClock } from "./clock.ts"
import type { Connect } from "./contract.ts"
import { startUpload } from "./media/upload.ts"
import { authorization, fetchOf } from "./trpc/needs.ts"
import { trpcServer } from "./trpc/server.ts"

/** Opens a connection. It mends itself until `close`. Nothing goes over the network before something is asked. */
export const connect: Connect = (options) => {
  const url = options.url.replace(/\/+$/, "")
  const retryDelay = options.retryDelay ?? backoff(wallClock)
  const { server, speaker } = trpcServer({ ...options, url }, { clock: wallClock, retryDelay })
  return makeClient({
    server,
    origin: url,
    store: options.store,
    retryDelay,
    upload: (room, file) =>
      startUpload(room, file, {
        url: `${url}/api/uploadthing`,
        headers: authorization(speaker()),
        fetch: fetchOf(options),
      }),
  })
}
