import { createHmac, randomUUID } from "node:crypto"
import { alone, type Carrier, type Driver, migrate, openLog, openPostgresCarrier } from "@roomlog/log"
import { Effect, type Tracer } from "effect"
import { makeCommands } from "./commands.ts"
import { Feed } from "./feed/feed.ts"
import { makeIdentity } from "./identity/identity.ts"
import { makePeople } from "./identity/people.ts"
import { type InvitationCode, makeJudge } from "./judge.ts"
import { makeLegacy } from "./legacy/readModel.ts"
import { Measures } from "./measures.ts"
import type { CollectorPace } from "./media/collect.ts"
import { makeMedia } from "./media/media.ts"
import { makeMessages } from "./message/readModel.ts"
import { migrations } from "./migrations.ts"
import { makeObserver, openWatch } from "./observer.ts"
import { makeLease } from "./presence/lease.ts"
import { makePresence } from "./presence/presence.ts"
import { makePush, type PushSettings } from "./push/push.ts"
import { makeRates, type Rates } from "./rates.ts"
import { changesWhoReads } from "./recorded.ts"
import { makeRooms } from "./room/readModel.ts"
import { sql } from "./sql.ts"

export interface BackendSettings {
  readonly driver: Driver
  /** Partitions of the log at its first start; checked afterwards. */
  readonly parts?: number | undefined
  /** Carries news between the nodes; NOTIFY when left out and other nodes may share the database. */
  readonly carrier?: Carrier | undefined
  /** Where images are kept; made when it is not there. */
  readonly mediaDir: string
  /** How often images and files that nobody needs are collected; never by itself when left out. */
  readonly collecting?: CollectorPace
  /** Keeps invitation codes unguessable; the same on every node. */
  readonly secret: string
  readonly rates: Rates
  readonly now: () => number
  readonly newId: () => string
  /** How people who are away are notified; nobody is when left out. */
  readonly push?: PushSettings | undefined
  /** Where its work is counted; its own when left out. */
  readonly measures?: Measures
  /** Who collects spans, if anybody. */
  readonly tracer?: Tracer.Tracer | undefined
  /** Told of errors and defects that no caller hears of; the console when left out. */
  readonly onDefect?: (cause: unknown) => void
}

/** Everything the server does, over an open database. Opens no port. Closing the scope ends subscriptions, then the log. */
export const openBackend = Effect.fn("openBackend")(function* (settings: BackendSettings) {
  const { driver, parts, mediaDir, secret, rates, now, newId, measures = new Measures() } = settings
  const invitation = invitationCode(secret)
  yield* migrate(driver, "roomlog", migrations)
  const carrier = settings.carrier ?? (driver.shared ? yield* openPostgresCarrier(driver) : alone)
  const traces = yield* openWatch({ tracer: settings.tracer, failed: settings.onDefect })
  const observe = makeObserver(measures, traces, now)
  const log = yield* openLog({
    driver,
    carrier,
    judge: makeJudge(invitation),
    everywhere: changesWhoReads,
    now,
    observe,
    ...(parts === undefined ? {} : { parts }),
    ...(settings.onDefect ? { onDefect: settings.onDefect } : {}),
  })
  const run = sql(log.query)
  const spend = makeRates(rates, carrier)
  const people = makePeople(run)
  const rooms = makeRooms(run, invitation)
  const lease = makeLease({ run, node: randomUUID(), shared: driver.shared })
  const identity = makeIdentity({ run, people, carrier, lease, now, newId })
  const presence = makePresence({ run, carrier, lease })
  const failed = settings.onDefect ?? ((cause: unknown) => console.error(cause))
  const push = yield* makePush({ driver, log, people, rooms, spend, measures, now, failed, settings: settings.push })
  const media = yield* makeMedia({
    run,
    dir: mediaDir,
    now,
    rooms,
    spend,
    ...(settings.collecting ? { collecting: settings.collecting } : {}),
  })
  const feed = new Feed({ log, rooms, people, presence, carrier, now, observe })
  const stopHearing = log.onAppended((events) => feed.hear(events))
  identity.onEnded((session) => feed.endSession(session))
  let isOpen = true
  yield* Effect.addFinalizer(() =>
    Effect.promise(() => {
      isOpen = false
      stopHearing()
      feed.close()
      identity.stop()
      return presence.stop()
    }),
  )
  return {
    /** Whether the feed tells what happens: until it is closed. */
    isOpen: () => isOpen,
    measures,
    carrier,
    log,
    run,
    spend,
    invitation,
    people,
    rooms,
    identity,
    feed,
    commands: makeCommands(log, spend, { measures, traces }),
    messages: makeMessages(run, people, log.epoch),
    legacy: makeLegacy(run, people),
    push,
    media,
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
