import { randomUUID } from "node:crypto"
import { type Checkpoint, checkpoints, openPostgres, retryPoison, type Stored, startProjection } from "@roomlog/log"
import { isKnown } from "@roomlog/schemas"
import { Effect } from "effect"
import { type Fault, felt, type Round } from "./fault.ts"
import { Newer, type Novelty, unpinned } from "./newer.ts"
import { startNodesOn } from "./nodes.ts"
import { both, type Row, type Verdict, wrong } from "./row.ts"
import { Stage } from "./stage.ts"

/** F11: while an upgrade rolls, a node of the next version appends what today's nodes have no word for. */
export const newerNode: Fault = {
  id: "F11",
  title: "a newer version beside 2 nodes of today, with new events",
  figures: { first: 150, long: 3_000 },
  perRound: 1_000,
  seconds: 240,
  round: async (round: Round): Promise<Row> => {
    const { random, count } = round
    const url = await (await round.postgres()).freshDatabase()
    const nodes = await startNodesOn(round, url, 2)
    const newer = await Newer.open(url)
    round.ending.defer(() => newer.close())
    const posted: Array<{ readonly room: string; readonly message: string }> = []
    const pinned = new Set<string>()
    let [unknown, moves] = [0, 0]
    const stage = await Stage.open(round, {
      urls: nodes.map((node) => node.url),
      writers: 24,
      rooms: 6,
      told: ({ event, room }) => {
        if (event._tag === "Unknown") unknown += 1
        if (event._tag === "MessagePosted") posted.push({ room, message: event.message })
      },
    })
    for (let n = 0; n < count; n++) {
      if (n % 10 === 0) await stage.writers.more(5)
      if (n % 10 === 5) {
        stage.moveSomebody()
        moves += 1
      }
      const { id: actor, room } = random.pick(stage.cast.people)
      const messages = posted.filter((one) => one.room === room)
      const message = messages.length > 0 ? random.pick(messages).message : undefined
      const sentAt = performance.now()
      const wish = novelty(random.below(3), message)
      const { command, seq, at } = await newer.does(room, actor, wish)
      if (wish.do === "pin") pinned.add(wish.message)
      stage.writers.acknowledged.push({ actor, command, room, seq, at, sentAt, ackedAt: performance.now() })
    }
    await stage.writers.more(50)
    await stage.writers.stop()
    const kept = (await unpinned(newer.query)).length
    const verdict = await stage.finish(url)
    felt(unknown > 0, "no subscriber was told anything new")
    felt(pinned.size > 0 && moves > 0, "nothing was pinned, or nobody resumed over it")
    const gone = kept === pinned.size ? [] : [`${pinned.size} messages were pinned and ${kept} are`]
    const crashed = nodes.filter((node) => !node.isRunning).map(({ url }) => `the node ${url} crashed`)
    const projected = await projections(url, newer)
    return {
      done: { "new events": count, "told as unknown": unknown, resumes: moves + stage.ends },
      verdict: [verdict, wrong(...crashed, ...gone), projected].reduce(both),
      recovered: [],
      note: "",
    }
  },
}

/** Something to a message that was told, if there is one; sometimes to the room. */
const novelty = (kind: number, message: string | undefined): Novelty => {
  if (kind === 0 || message === undefined) return { do: "paint", colour: randomUUID() }
  return kind === 1 ? { do: "pin", message } : { do: "edit", message, text: "edited by a newer version" }
}

/** A projection of today stops before what it does not know, skips nothing, and goes on once it is of the next version. */
const projections = (url: string, { log, query }: Newer): Promise<Verdict> =>
  Effect.gen(function* () {
    const driver = yield* openPostgres({ url, connections: 2 })
    const counted = new Map<string, number>()
    let isNewer = false
    const project = async (events: ReadonlyArray<Stored>): Promise<void> => {
      if (!isNewer && !events.every(isKnown)) throw new Error("this is of a newer version")
      for (const { part, pos } of events) counted.set(`${part} ${pos}`, (counted.get(`${part} ${pos}`) ?? 0) + 1)
    }
    const parts = Array.from({ length: log.parts }, (_, part) => part)
    const heads = yield* Effect.all(parts.map(log.head))
    const rest = (isAtRest: (checkpoint: Checkpoint) => boolean) =>
      Effect.promise(async () => {
        while (!(await checkpoints(query)).every(isAtRest)) await new Promise(setImmediate)
      })
    yield* startProjection({ driver, log }, { name: "today", version: 1, project })
    yield* rest(({ part, pos, poisonPos }) => poisonPos !== null || pos === heads[part])
    const stopped = yield* Effect.promise(() => checkpoints(query))
    isNewer = true
    yield* Effect.promise(() => retryPoison(query, "today", 1))
    yield* rest(({ part, pos }) => pos === heads[part])
    return wrong(
      ...(stopped.some(({ poisonPos }) => poisonPos !== null) ? [] : ["a projection went past what it cannot know"]),
      ...stopped.flatMap(({ part, pos, poisonPos }) =>
        poisonPos === null || poisonPos === pos + 1 ? [] : [`I6: partition ${part} was skipped to ${pos}`],
      ),
      ...parts.flatMap((part) =>
        Array.from({ length: heads[part]! }, (_, i) => `${part} ${i + 1}`)
          .filter((place) => counted.get(place) !== 1)
          .map((place) => `I6: event ${place} was projected ${counted.get(place) ?? 0} times`),
      ),
    )
  }).pipe(Effect.scoped, Effect.runPromise)
