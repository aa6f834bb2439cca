import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { openPglite } from "@roomlog/log"
import { Effect } from "effect"
import type { Random } from "../faults/random.ts"
import type { ServerProcess } from "../serverProcess.ts"
import type { Firebase } from "./firebase.ts"
import type { Screen } from "./screen.ts"
import type { WebPushService } from "./webPushService.ts"

/** Seeds every choice of a test that kills. */
export const seed = Number(process.env["SEED"] ?? Date.now() % 2 ** 31)
/** So many kills with LONG=1, and a few in between. */
export const killsOf = (all: number, few: number): number => (process.env["LONG"] === "1" ? all : few)

/** Settings of a server that notifies through the stand-ins. */
export const settings = (firebase: Firebase): Record<string, string> => ({
  FCM_SERVICE_ACCOUNT: firebase.account,
  FCM_URL: firebase.server.origin,
  PUSH_GRACE: "50",
  OUTGOING_NETWORKS: "127.0.0.1",
  RATE_POSTS: "1000000/1",
  RATE_JOINS: "1000000/1",
  RATE_SIGN_INS: "1000000/1",
})

/** When to kill: a while after the message stands, or when one of the services is asked, before or after it did it. */
export const momentOf = (random: Random, services: ReadonlyArray<WebPushService | Firebase>) => {
  const pause = random.below(300)
  const { server } = random.pick(services)
  if (random.below(3) === 0)
    return async (posted: Promise<unknown>) => {
      await posted
      await sleep(pause)
    }
  return async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    server.heard = (path) => {
      if (path !== "/token") resolve()
    }
    await promise
    server.heard = () => undefined
    await sleep(pause % 100)
  }
}

/** Stops a server at a moment at which it has sent all that it had to send, and has noted so. */
export const stopQuiet = async (
  server: ServerProcess,
  dataDir: string,
  screens: ReadonlyArray<Screen>,
): Promise<void> => {
  for (await server.stop(); (await unsent(dataDir)) > 0; await server.stop()) {
    const before = screens.map(({ came }) => came.length)
    await server.start()
    await Promise.race(screens.map((screen, i) => screen.until(({ came }) => came.length > before[i]!)))
  }
}

const unsent = (dataDir: string): Promise<number> =>
  Effect.runPromise(
    Effect.scoped(
      Effect.flatMap(openPglite({ folder: join(dataDir, "db") }), ({ query }) =>
        Effect.promise(async () => {
          const [found] = await query<{ n: number }>("select count(*)::int as n from push_notice where sent_at is null")
          return found!.n
        }),
      ),
    ),
  )
