import { checkInvariants, type Query } from "@roomlog/log"
import type { Acknowledged } from "./cast.ts"
import { eventsOf, type InLog } from "./inLog.ts"
import { replayed } from "./replayed.ts"
import { both, clean, type Verdict, wrong } from "./row.ts"
import type { Subscriber } from "./subscriber.ts"

/** What a run promised to whom. */
export interface Promised {
  readonly acknowledged: ReadonlyArray<Acknowledged>
  readonly subscribers: ReadonlyArray<Subscriber>
  /** Milliseconds that subscribers have, from now on, to be told the rest. */
  readonly within: number
  /** History was rewound: subscribers are told so, and begin anew. */
  readonly mayReset?: boolean
}

/** Holds the whole log, its read models and its subscribers against what was promised: I1 to I5, I7 and I10. */
export const check = async (query: Query, promised: Promised): Promise<Verdict> => {
  const { acknowledged, subscribers, within, mayReset = false } = promised
  const events = await eventsOf(query)
  const faults = await checkInvariants(query)
  const rooms = Map.groupBy(events, ({ room }): string => room)
  const told = await Promise.all(subscribers.map((one) => heardAll(one, rooms.get(one.room) ?? [], within)))
  return [
    { ...clean, acknowledged: acknowledged.length },
    inLog(events, acknowledged),
    wrong(...faults.map(({ invariant, message }) => `${invariant}: ${message}`)),
    ...told,
    wrong(...(mayReset ? [] : resetsOf(subscribers))),
    wrong(...(await replayed(query, rooms))),
    wrong(...inOrder(acknowledged)),
  ].reduce(both)
}

/** I1: every acknowledged command stands in the log once, at its place, and nothing else does. */
const inLog = (events: ReadonlyArray<InLog>, acknowledged: ReadonlyArray<Acknowledged>): Verdict => {
  const byCommand = Map.groupBy(events, ({ command, actor }) => `${command} ${actor}`)
  const lost: string[] = []
  const misplaced: string[] = []
  for (const { command, actor, room, seq, at, text } of acknowledged) {
    const found = byCommand.get(`${command} ${actor}`)
    byCommand.delete(`${command} ${actor}`)
    const last = found?.at(-1)
    if (last === undefined) lost.push(`lost: command ${command}, acknowledged at ${room} ${seq}`)
    else if (last.room !== room || last.seq !== seq || last.at !== at)
      misplaced.push(`I1: command ${command} was acknowledged at ${seq} (${at}) and stands at ${last.seq} (${last.at})`)
    else if (text !== undefined && !("text" in last.event && last.event.text === text))
      misplaced.push(`I1: command ${command} said ${text}, and the log says ${JSON.stringify(last.event)}`)
  }
  const twice = [...Map.groupBy(events, ({ command, actor, index }) => `${command} ${actor} ${index}`)]
    .filter(([, found]) => found.length > 1)
    .map(([command]) => `doubled: command ${command}`)
  const unknown = [...byCommand.keys()].map(
    (command) => `I1: command ${command} is in the log and was not acknowledged`,
  )
  return [
    { ...clean, lost: lost.length, problems: lost.slice(0, 5) },
    { ...clean, doubled: twice.length, problems: twice.slice(0, 5) },
    wrong(...misplaced, ...unknown),
  ].reduce(both)
}

/** I4: a subscriber was told a contiguous run of its room, equal to the log from its token on, to the end. */
const heardAll = async (subscriber: Subscriber, log: ReadonlyArray<InLog>, within: number): Promise<Verdict> => {
  const { first, heard } = subscriber
  await subscriber.reach(log.length, within)
  const counts = new Map<number, number>()
  for (const { seq } of heard) counts.set(seq, (counts.get(seq) ?? 0) + 1)
  const gaps = log.filter(({ seq }) => seq >= first && !counts.has(seq)).map(({ seq }) => seq)
  const doubled = heard.length - counts.size
  const others = heard.filter(({ seq, command }) => log[seq - 1]?.command !== command)
  const disorder = heard.filter(({ seq }, i) => i > 0 && seq < heard[i - 1]!.seq)
  return [
    {
      ...clean,
      gaps: gaps.length,
      problems: gaps.length > 0 ? [`I4: not told ${ranges(gaps)} of ${log.length}, ${subscriber.where}`] : [],
    },
    { ...clean, doubled, problems: doubled > 0 ? [`I4: ${doubled} events were told twice`] : [] },
    wrong(...others.map(({ seq }) => `I4: told something else than event ${seq}`)),
    wrong(...disorder.map(({ seq }) => `I4: told event ${seq} out of order`)),
  ].reduce(both)
}

const resetsOf = (subscribers: ReadonlyArray<Subscriber>): ReadonlyArray<string> =>
  subscribers.flatMap(({ resets }) => (resets > 0 ? [`I4: a subscriber was reset ${resets} times`] : []))

/** I10, and with it I7: what was sent to a room after an answer stands after what was answered. */
const inOrder = (acknowledged: ReadonlyArray<Acknowledged>): ReadonlyArray<string> =>
  [...Map.groupBy(acknowledged, ({ room }) => room).values()].flatMap((all) => {
    const late: string[] = []
    let earliest = Number.POSITIVE_INFINITY
    for (const { seq, sentAt, ackedAt } of all.toSorted((a, b) => b.seq - a.seq)) {
      if (earliest < sentAt) late.push(`I10: seq ${seq} was sent after something newer had been acknowledged`)
      earliest = Math.min(earliest, ackedAt)
    }
    return late
  })

const ranges = (seqs: ReadonlyArray<number>): string =>
  `${seqs.slice(0, 5).join(", ")}${seqs.length > 5 ? ` and ${seqs.length - 5} more` : ""}`
