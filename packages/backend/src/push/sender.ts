import { randomUUID } from "node:crypto"
import { DatabaseError } from "@roomlog/log"
import type { PushNotification } from "@roomlog/schemas"
import { leaseSeconds, type Notice, type Outbox, type Parcel, type Turn } from "./outbox.ts"
import { backoff, type Outcome, retry } from "./outcome.ts"
import { Forbidden, patience } from "./outgoing.ts"

export interface SenderNeeds {
  readonly outbox: Outbox
  /** Hands a notification to the service behind a device. */
  readonly send: (parcel: Parcel, notification: PushNotification, signal: AbortSignal) => Promise<Outcome>
  readonly notificationsOf: (parcels: ReadonlyArray<Parcel>) => Promise<ReadonlyArray<PushNotification>>
  readonly now: () => number
  /** Milliseconds between two looks, and between two notifications for one device. */
  readonly pause: number
  readonly counted: (outcome: Outcome["_tag"]) => void
  /** Told what went wrong; never with words that people wrote. */
  readonly failed: (cause: unknown) => void
}

/** Devices that are spoken to at once, and those of them behind one host. */
const atOnce = 64
const atOnceBehindOneHost = 16
/** Milliseconds between two sweeps. */
const sweepEvery = 10 * 60 * 1_000

/** Sends what is due until it is stopped. Any number of nodes may do so: a device is one sender's at a time. */
export class Sender {
  readonly #needs: SenderNeeds
  readonly #stopping = new AbortController()
  readonly #underway = new Set<Promise<void>>()
  readonly #hosts = new Map<string, number>()
  readonly #running: Promise<void>
  #wake: (() => void) | undefined
  #sweptAt = performance.now()

  constructor(needs: SenderNeeds) {
    this.#needs = needs
    this.#running = this.#run()
  }

  /** Ends calls that are under way and gives their devices back: they are spoken to again later. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#wake?.()
    await this.#running
    await Promise.all(this.#underway)
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const claimed = await this.#begin().catch((cause: unknown) => this.#noneFor(cause))
      if (claimed === 0) await this.#rest()
      else if (this.#underway.size >= atOnce) await Promise.race(this.#underway)
    }
  }

  /** The database is away: the next look will do, and a claim that was made ends with its lease. */
  #noneFor(cause: unknown): number {
    if (!(cause instanceof DatabaseError)) this.#needs.failed(cause)
    return 0
  }

  /** Takes as many devices as may be spoken to, and says how many. */
  async #begin(): Promise<number> {
    const { outbox, now, notificationsOf } = this.#needs
    await this.#sweep()
    const claimedAt = performance.now()
    const turns = await outbox.claim(randomUUID(), atOnce - this.#underway.size)
    if (turns.length === 0) return 0
    const { parcels, notices } = await outbox.load(turns, now())
    const notifications = await notificationsOf(parcels)
    const letters = parcels.map((parcel, i): Letter => ({ parcel, notification: notifications[i]! }))
    for (const turn of turns) {
      const mine = {
        letters: letters.filter(({ parcel }) => parcel.device === turn.device),
        notices: notices.filter(({ device }) => device === turn.device),
      }
      const visit: Promise<void> = this.#visit({ turn, ...mine, claimedAt })
        .catch(this.#needs.failed)
        .finally(() => this.#underway.delete(visit))
      this.#underway.add(visit)
    }
    return turns.length
  }

  /** Gives a device all that is for it, room by room. */
  async #visit({ turn, letters, notices, claimedAt }: Visit): Promise<void> {
    const { outbox, pause } = this.#needs
    const { signal } = this.#stopping
    for (const [i, letter] of letters.entries()) {
      const left = new Set(letters.slice(i).map(({ parcel }) => parcel.room))
      const giveBack = async (delay: number, tried: 0 | 1): Promise<void> => {
        const done = notices.filter(({ room }) => !left.has(room))
        await outbox.settle(turn, done)
        await outbox.postpone(turn, delay, tried)
      }
      const isLate = performance.now() - claimedAt > leaseSeconds * 1_000 - 2 * patience
      const host = hostOf(letter.parcel)
      if (signal.aborted) return giveBack(0, 0)
      if (isLate || this.#isBusy(host)) return giveBack(pause, 0)
      const outcome = await this.#give(letter, host)
      if (signal.aborted && outcome._tag === "retry") return giveBack(0, 0)
      this.#needs.counted(outcome._tag)
      if (outcome._tag === "dead") return outbox.forget(turn)
      if (outcome._tag === "retry") return giveBack(Math.max(outcome.after, backoff(turn.tries)), 1)
    }
    await outbox.settle(turn, notices)
    await outbox.finish(turn, pause)
  }

  async #give({ parcel, notification }: Letter, host: string): Promise<Outcome> {
    this.#hosts.set(host, (this.#hosts.get(host) ?? 0) + 1)
    try {
      return await this.#needs.send(parcel, notification, this.#stopping.signal)
    } catch (cause) {
      if (!this.#stopping.signal.aborted) this.#needs.failed(cause)
      return cause instanceof Forbidden ? { _tag: "failed" } : retry()
    } finally {
      const left = this.#hosts.get(host)! - 1
      if (left > 0) this.#hosts.set(host, left)
      else this.#hosts.delete(host)
    }
  }

  /** A host that answers slowly must not keep the others waiting. */
  #isBusy(host: string): boolean {
    return (this.#hosts.get(host) ?? 0) >= atOnceBehindOneHost
  }

  async #sweep(): Promise<void> {
    if (performance.now() - this.#sweptAt < sweepEvery) return
    this.#sweptAt = performance.now()
    await this.#needs.outbox.sweep()
  }

  async #rest(): Promise<void> {
    if (this.#stopping.signal.aborted) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.#needs.pause).unref()
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

interface Letter {
  readonly parcel: Parcel
  readonly notification: PushNotification
}

interface Visit {
  readonly turn: Turn
  readonly letters: ReadonlyArray<Letter>
  readonly notices: ReadonlyArray<Notice>
  /** By `performance.now()`. */
  readonly claimedAt: number
}

const hostOf = ({ kind, address }: Parcel): string =>
  kind === "web" ? new URL(String(address["endpoint"])).host : kind
