import { randomUUID } from "node:crypto"
import { Result } from "effect"
import type { Batch, Draft, Judge, Stored, Submission } from "./contract.ts"
import type { Migration } from "./migrations.ts"

/** Words for trying the log without a chat: counters that have a unique name and never fall below zero. */
export type Do =
  | { readonly do: "open"; readonly name: string }
  | { readonly do: "add"; readonly by: number; readonly times?: number }
  | { readonly do: "note"; readonly text: string }
  | { readonly do: "break" }

export type No = "Opened" | "NotOpened" | "NameTaken" | "BelowZero"

export interface Counter {
  readonly name: string
  readonly total: number
}

export const counterMigrations: ReadonlyArray<Migration> = [
  {
    name: "0001-counters",
    sql: `create table counter (id uuid primary key, name text not null constraint counter_name_taken unique, total bigint not null, view jsonb not null);
create table counted (id uuid not null, seq bigint not null, open boolean not null, primary key (id, seq));`,
  },
]

/** What an event means for its counter. */
export const evolve = (counter: Counter | null, { type, body }: Pick<Stored, "type" | "body">): Counter | null => {
  if (type === "Opened") return { name: String(body["name"]), total: 0 }
  return type === "Added" && counter ? { ...counter, total: counter.total + Number(body["by"]) } : counter
}

/** The rule, without memory of anything but the counter. */
export const decide = (
  content: Do,
  counter: Counter | null,
  taken: boolean,
): Result.Result<ReadonlyArray<Draft>, No> => {
  const draft = (type: string, body: Record<string, unknown>): Draft => ({ type, version: 1, subject: null, body })
  if (content.do === "break") throw new Error("The judge is broken")
  if (content.do === "open") {
    if (counter) return Result.fail("Opened")
    return taken ? Result.fail("NameTaken") : Result.succeed([draft("Opened", { name: content.name })])
  }
  if (!counter) return Result.fail("NotOpened")
  if (content.do === "note") return Result.succeed([draft("Noted", { text: content.text })])
  const { by, times = 1 } = content
  if (counter.total + by * times < 0) return Result.fail("BelowZero")
  return Result.succeed(Array.from({ length: times }, () => draft("Added", { by })))
}

/** A judge of counters, with a memory of its own. */
export const counting = (): Judge<Do, No> => {
  const warm = new Map<string, Counter | null>()
  return {
    tables: [
      { table: "counter", columns: { id: "uuid", name: "text", total: "bigint", view: "jsonb" }, key: ["id"] },
      { table: "counted", columns: { id: "uuid", seq: "bigint", open: "boolean" }, key: ["id", "seq"] },
    ],
    batch: () => countersIn(warm),
    heard: (events) => {
      for (const { stream } of events) warm.delete(stream)
    },
    lost: () => warm.clear(),
  }
}

/** A counter's command by somebody new. */
export const command = (stream: string, content: Do): Submission<Do> => ({
  stream,
  actor: randomUUID(),
  command: randomUUID(),
  content,
})

const countersIn = (warm: Map<string, Counter | null>): Batch<Do, No> => {
  const seen = new Map<string, Counter | null>()
  const names = new Map<string, string>()
  const counted: Array<ReadonlyArray<unknown>> = []
  const changed = new Set<string>()
  return {
    load: async (submissions, query) => {
      for (const { stream } of submissions) if (warm.has(stream)) seen.set(stream, warm.get(stream)!)
      const wanted = submissions.flatMap(({ content }) => (content.do === "open" ? [content.name] : []))
      const cold = submissions.map(({ stream }) => stream).filter((stream) => !seen.has(stream))
      if (wanted.length + cold.length === 0) return
      const rows = await query<Counter & { readonly id: string }>(
        "select id, name, total from counter where id = any($1::uuid[]) or name = any($2::text[])",
        [cold, wanted],
      )
      for (const { id, name, total } of rows) {
        if (cold.includes(id)) seen.set(id, { name, total })
        names.set(name, id)
      }
    },
    judge: ({ stream, content }, { seq }) => {
      const counter = seen.get(stream) ?? null
      const taken = content.do === "open" && (names.get(content.name) ?? stream) !== stream
      return Result.map(decide(content, counter, taken), (drafts) => {
        seen.set(stream, drafts.reduce<Counter | null>(evolve, counter))
        if (content.do === "open") names.set(content.name, stream)
        changed.add(stream)
        counted.push(...drafts.map((_, i) => [stream, seq + i, true]))
        return drafts
      })
    },
    rows: () => {
      const counters = [...changed].map((id) => {
        const counter = seen.get(id)!
        return [id, counter.name, counter.total, JSON.stringify(counter)]
      })
      return new Map([
        ["counter", { changed: counters }],
        ["counted", { added: counted }],
      ])
    },
    keep: () => {
      for (const [id, counter] of seen) warm.set(id, counter)
    },
  }
}
