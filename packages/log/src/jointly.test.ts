import { Result } from "effect"
import { expect, test } from "vitest"
import { DatabaseError } from "./contract.ts"
import { jointly } from "./jointly.ts"
import type { Append, Appending } from "./statement.ts"

const of = (part: number): Appending => ({ part, after: 0, events: [], fingerprints: [], rows: new Map() })
const unused = () => Promise.reject(new Error("asked of the database directly"))

/** An append that waits to be told how it ends. */
const held = () => {
  const statements: Array<{ parts: number[]; end: (how: () => ReadonlySet<number>) => void }> = []
  const append: Append = (_, appendings) =>
    new Promise((resolve, reject) => {
      const end = (how: () => ReadonlySet<number>): void => {
        const result = Result.try(how)
        if (Result.isSuccess(result)) resolve(result.success)
        else reject(result.failure)
      }
      statements.push({ parts: appendings.map(({ part }) => part), end })
    })
  return { append: jointly(append, unused), statements }
}

const turn = () => new Promise((next) => setImmediate(next))

test("what comes while a statement is under way goes together into the next", async () => {
  const { append, statements } = held()
  const first = append(of(0))
  const others = [append(of(1)), append(of(2))]
  expect(statements.map(({ parts }) => parts)).toEqual([[0]])
  statements[0]!.end(() => new Set([0]))
  expect(await first).toBe(true)
  await turn()
  expect(statements.map(({ parts }) => parts)).toEqual([[0], [1, 2]])
  // Somebody else was first in partition 1.
  statements[1]!.end(() => new Set([2]))
  expect(await Promise.all(others)).toEqual([false, true])
})

test("a statement that is refused is tried for each partition alone, so that only the culprit hears of it", async () => {
  const { append, statements } = held()
  const first = append(of(0))
  const [innocent, guilty] = [append(of(1)), append(of(2))]
  const refusal = new DatabaseError({ code: "23505", message: "that name is taken" })
  const refuse = () => {
    throw refusal
  }
  statements[0]!.end(() => new Set([0]))
  await first
  await turn()
  statements[1]!.end(refuse)
  await turn()
  expect(statements.slice(2).map(({ parts }) => parts)).toEqual([[1], [2]])
  statements[2]!.end(() => new Set([1]))
  statements[3]!.end(refuse)
  expect(await innocent).toBe(true)
  await expect(guilty).rejects.toBe(refusal)
})

test("a lost connection is told to all: nobody knows what became of theirs", async () => {
  const { append, statements } = held()
  const first = append(of(0))
  const others = [append(of(1)), append(of(2))]
  const lost = new DatabaseError({ code: "connection", message: "gone" })
  statements[0]!.end(() => new Set([0]))
  await first
  await turn()
  statements[1]!.end(() => {
    throw lost
  })
  expect((await Promise.allSettled(others)).map((settled) => settled.status === "rejected" && settled.reason)).toEqual([
    lost,
    lost,
  ])
  expect(statements).toHaveLength(2)
  const next = append(of(1))
  await turn()
  statements[2]!.end(() => new Set([1]))
  expect(await next).toBe(true)
})

test("much that waits does not wait for the statement that is under way; little does", async () => {
  const { append, statements } = held()
  const busy = append(of(0))
  const big = (part: number): Appending => ({ ...of(part), events: Array(40) })
  const [one, two] = [append(big(1)), append(big(2))]
  expect(statements.map(({ parts }) => parts)).toEqual([[0], [1, 2]])
  const more = [append(big(3)), append(big(4))]
  expect(statements).toHaveLength(2)
  statements[1]!.end(() => new Set([1, 2]))
  expect(await Promise.all([one, two])).toEqual([true, true])
  const late = append(of(1))
  await turn()
  expect(statements.slice(2).map(({ parts }) => parts)).toEqual([[3, 4, 1]])
  statements[2]!.end(() => new Set([1, 3, 4]))
  expect(await Promise.all([...more, late])).toEqual([true, true, true])
  const little = append(of(2))
  await turn()
  expect(statements).toHaveLength(3)
  statements[0]!.end(() => new Set([0]))
  expect(await busy).toBe(true)
  await turn()
  expect(statements.slice(3).map(({ parts }) => parts)).toEqual([[2]])
  statements[3]!.end(() => new Set([2]))
  expect(await little).toBe(true)
})
