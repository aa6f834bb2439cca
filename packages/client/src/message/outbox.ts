import type { CommandId, CommandOf, MessageId, Receipt, RoomId, Seq } from "@roomlog/schemas"
import { type Cell, cell } from "../cell.ts"
import type { Clock } from "../clock.ts"
import type { NewMessage, Pending, Readable, Store } from "../contract.ts"
import { newCommandId, newMessageId } from "../ids.ts"
import { asError, isPassing, once, patience, waitAfter } from "../insist.ts"
import { become, commandOf, type Entry, fromStored, toStored, written } from "./entry.ts"

/** What an outbox needs around it. */
export interface OutboxNeeds {
  readonly clock: Clock
  readonly retryDelay: (n: number) => number
  readonly store: Store | undefined
  /** Where in the store it lives: one place for an origin and a user. */
  readonly key: string
  readonly online: Readable<boolean>
  readonly send: (command: CommandOf<"PostMessage">, id: CommandId, signal: AbortSignal) => Promise<Receipt>
}

/** What somebody has written: sent in order, room by room, each exactly once, over lost connections and reloads. */
export interface Outbox {
  /** Everything on its way to a room, oldest first, and what arrived lately. */
  readonly of: (room: RoomId) => Readable<ReadonlyArray<Entry>>
  readonly post: (room: RoomId, message: NewMessage) => Promise<Seq>
  readonly retry: (room: RoomId, message: MessageId) => void
  readonly discard: (room: RoomId, message: MessageId) => Pending | undefined
  /** A message was seen in a room: if it is mine, it has been sent. */
  readonly arrived: (room: RoomId, message: MessageId, seq: Seq) => void
  /** These had arrived, and the server's history was rewound to before them. */
  readonly forget: (room: RoomId, taken: ReadonlyArray<Entry>) => void
  /** Sends nothing any more. What is unsent stays in the store. */
  readonly stop: () => void
}

interface Lane {
  readonly entries: Cell<ReadonlyArray<Entry>>
  /** The one message that is being sent. */
  sending: MessageId | null
  /** Tries since the last answer. */
  tries: number
  cancelWait: (() => void) | null
}

interface Promised {
  readonly resolve: (seq: Seq) => void
  readonly reject: (problem: Error) => void
}

/** Arrived messages that a room's list keeps, so that every window can wait for its own feed. */
const remembered = 50

/** Opens the outbox that the store holds, and sends what is in it. */
export const openOutbox = ({ clock, retryDelay, store, key, online, send }: OutboxNeeds): Outbox => {
  const lanes = new Map<RoomId, Lane>()
  const promises = new Map<MessageId, Promised>()
  let isStopped = false

  const laneOf = (room: RoomId): Lane => {
    const found = lanes.get(room)
    if (found !== undefined) return found
    const lane: Lane = { entries: cell<ReadonlyArray<Entry>>([]), sending: null, tries: 0, cancelWait: null }
    lanes.set(room, lane)
    return lane
  }

  const find = (lane: Lane, message: MessageId): Entry | undefined =>
    lane.entries.get().find(({ pending }) => pending.message === message)

  const put = (lane: Lane, next: Entry): void => {
    const entries = lane.entries.get()
    const index = entries.findIndex(({ pending }) => pending.message === next.pending.message)
    lane.entries.set(index < 0 ? [...entries, next] : entries.with(index, next))
  }

  const drop = (lane: Lane, message: MessageId): void =>
    lane.entries.set(lane.entries.get().filter(({ pending }) => pending.message !== message))

  /** Other windows of the same person write to the same place: only this entry is touched. */
  const save = (message: MessageId, entry: Entry | null): void => {
    try {
      const stored = fromStored(store?.getItem(key) ?? null)
      const index = stored.findIndex(({ pending }) => pending.message === message)
      const rest = stored.filter((_, n) => n !== index)
      const next = entry === null ? rest : index < 0 ? [...stored, entry] : stored.with(index, entry)
      if (next.length === 0) store?.removeItem(key)
      else store?.setItem(key, toStored(next))
    } catch {
      // A full or forbidden store: the message is still in memory and on its way.
    }
  }

  const settle = (message: MessageId, how: (promise: Promised) => void): void => {
    const promise = promises.get(message)
    promises.delete(message)
    if (promise !== undefined) how(promise)
  }

  const arrive = (lane: Lane, message: MessageId, seq: Seq): void => {
    const entry = find(lane, message)
    if (entry === undefined || entry.seq !== null) return
    put(lane, { ...become(entry, "sending"), seq })
    lane.entries.set(forgetOldest(lane.entries.get()))
    save(message, null)
    lane.tries = 0
    settle(message, ({ resolve }) => resolve(seq))
    if (lane.sending === message) lane.sending = null
    pump(lane)
  }

  const fail = (lane: Lane, entry: Entry, problem: Error): void => {
    const failed = become(entry, "failed", problem.message)
    put(lane, failed)
    save(entry.pending.message, failed)
    settle(entry.pending.message, ({ reject }) => reject(problem))
  }

  const wait = (lane: Lane, ms: number): void => {
    lane.cancelWait?.()
    lane.cancelWait = clock.after(ms, () => {
      lane.cancelWait = null
      pump(lane)
    })
  }

  const pump = (lane: Lane): void => {
    if (isStopped || lane.sending !== null || lane.cancelWait !== null || !online.get()) return
    const next = lane.entries.get().find(({ seq, pending }) => seq === null && pending.state !== "failed")
    if (next === undefined) return
    lane.sending = next.pending.message
    put(lane, become(next, "sending"))
    void attempt(lane, next)
  }

  const attempt = async (lane: Lane, entry: Entry): Promise<void> => {
    const { message } = entry.pending
    try {
      const { seq } = await once((signal) => send(commandOf(entry), entry.command, signal), patience, clock)
      if (!isStopped) arrive(lane, message, seq)
    } catch (problem) {
      if (isStopped || lane.sending !== message) return
      lane.sending = null
      if (isPassing(problem)) {
        put(lane, become(entry, "waiting"))
        wait(lane, waitAfter(problem) ?? retryDelay(lane.tries++))
      } else {
        lane.tries = 0
        fail(lane, entry, asError(problem))
      }
      pump(lane)
    }
  }

  for (const entry of fromStored(store?.getItem(key) ?? null)) put(laneOf(entry.room), entry)
  for (const lane of lanes.values()) pump(lane)
  const unwatch = online.watch((isOnline) => {
    if (isOnline) for (const lane of lanes.values()) pump(lane)
  })

  return {
    of: (room) => laneOf(room).entries,
    post: (room, message) =>
      new Promise((resolve, reject) => {
        const at = clock.now()
        const entry = written(room, message, { command: newCommandId(), message: newMessageId(), at })
        promises.set(entry.pending.message, { resolve, reject })
        save(entry.pending.message, entry)
        put(laneOf(room), entry)
        pump(laneOf(room))
      }),
    retry: (room, message) => {
      const lane = laneOf(room)
      const entry = find(lane, message)
      if (entry?.pending.state !== "failed") return
      put(lane, become(entry, "waiting"))
      save(message, become(entry, "waiting"))
      pump(lane)
    },
    discard: (room, message) => {
      const lane = laneOf(room)
      const entry = find(lane, message)
      if (entry === undefined || entry.pending.state === "sending") return undefined
      drop(lane, message)
      save(message, null)
      settle(message, ({ reject }) => reject(new Error("The message was discarded.")))
      return entry.pending
    },
    arrived: (room, message, seq) => {
      const lane = lanes.get(room)
      if (lane !== undefined) arrive(lane, message, seq)
    },
    forget: (room, taken) => {
      for (const { pending } of taken) drop(laneOf(room), pending.message)
    },
    stop: () => {
      isStopped = true
      unwatch()
      for (const lane of lanes.values()) lane.cancelWait?.()
      const problem = new Error("Closed before the message was sent. It waits in the outbox.")
      for (const message of [...promises.keys()]) settle(message, ({ reject }) => reject(problem))
    },
  }
}

const forgetOldest = (entries: ReadonlyArray<Entry>): ReadonlyArray<Entry> => {
  const arrived = entries.filter(({ seq }) => seq !== null)
  if (arrived.length <= remembered) return entries
  const old = new Set(arrived.slice(0, arrived.length - remembered))
  return entries.filter((entry) => !old.has(entry))
}
