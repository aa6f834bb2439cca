import { expect, test } from "vitest"
import { isAtLeast, mayRead, outranks } from "./access.ts"

const roles = ["owner", "moderator", "member"] as const

test("everybody reads public rooms", () => {
  expect(mayRead({ visibility: "public" }, undefined)).toBe(true)
  for (const role of roles) expect(mayRead({ visibility: "public" }, role)).toBe(true)
})

test("only members read private rooms", () => {
  expect(mayRead({ visibility: "private" }, undefined)).toBe(false)
  for (const role of roles) expect(mayRead({ visibility: "private" }, role)).toBe(true)
})

test("a role includes those below it, and nobody's includes none", () => {
  for (const [i, role] of roles.entries())
    for (const [j, needed] of roles.entries()) expect(isAtLeast(role, needed), `${role} for ${needed}`).toBe(i <= j)
  for (const needed of roles) expect(isAtLeast(undefined, needed)).toBe(false)
})

test("nobody stands above an equal", () => {
  for (const [i, role] of roles.entries())
    for (const [j, below] of roles.entries()) expect(outranks(role, below), `${role} over ${below}`).toBe(i < j)
})
