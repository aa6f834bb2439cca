import { createHmac } from "node:crypto"
import type { Driver } from "@roomlog/log"
import { migrate, openLog } from "@roomlog/log"
import { Effect } from "effect"
import { makeCommands } from "./commands.ts"
import { Feed } from "./feed/feed.ts"
import { makeIdentity } from "./identity/identity.ts"
import { makePeople } from "./identity/people.ts"
import { type InvitationCode, makeJudge } from "./judge.ts"
import { makeMedia } from "./media/media.ts"
import { makeMessages } from "./message/readModel.ts"
import { migrations } from "./migrations.ts"
import { makeRates, type Rates } from "./rates.ts"
import { makeRooms } from "./room/readModel.ts"
import { sql } from "./sql.ts"

export interface BackendSettings {
  readonly driver: Driver
  /** Where images are kept; made when it is not there. */
  readonly mediaDir: string
  /** Keeps invitation codes unguessable; the same on every node. */
  readonly secret: string
  readonly rates: Rates
  readonly now: () => number
  readonly newId: () => string
}

/** Everything the server does, over an open database. Opens no port. Closing the scope ends subscriptions, then the log. */
export const openBackend = Effect.fn("openBackend")(function* (settings: BackendSettings) {
  const { driver, mediaDir, secret, rates, now, newId } = settings
  const invitation = invitationCode(secret)
  yield* migrate(driver, "roomlog", migrations)
  const log = yield* openLog({ driver, judge: makeJudge(invitation), now })
  const run = sql(log.query)
  const spend = makeRates(rates)
  const people = makePeople(run)
  const rooms = makeRooms(run, invitation)
  const identity = makeIdentity(run, people, { now, newId })
  const feed = new Feed({ log, rooms, people, now })
  const stopHearing = log.onAppended((events) => feed.hear(events))
  identity.onEnded((session) => feed.end(session))
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      stopHearing()
      feed.end()
    }),
  )
  return {
    log,
    run,
    spend,
    invitation,
    people,
    rooms,
    identity,
    feed,
    commands: makeCommands(log, spend),
    messages: makeMessages(run, people, log.epoch),
    media: makeMedia({ run, dir: mediaDir, now, rooms, spend }),
    now,
    newId,
  }
})

export type Backend = Effect.Success<ReturnType<typeof openBackend>>

const invitationCode =
  (secret: string): InvitationCode =>
  (room, generation) =>
    BigInt(`0x${createHmac("sha256", secret).update(`invitation/${room}/${generation}`).digest("hex")}`)
      .toString(36)
      .padStart(26, "0")
      .slice(-26)
