import type { Rejection } from "@roomlog/schemas"
import { afterAll, beforeAll, expect, test } from "vitest"
import { run } from "../edge.ts"
import { TestBackend } from "../feed/testing.ts"
import { Rejected } from "../rejected.ts"

let backend: TestBackend
beforeAll(async () => {
  backend = await new TestBackend().start()
})
afterAll(() => backend[Symbol.asyncDispose]())

const signIn = (name: string) => run(backend.it.identity.signIn(name))
const speakAs = (name: string) => run(backend.it.identity.speakAs(name))
const whyNot = (attempt: Promise<unknown>): Promise<Rejection | undefined> =>
  attempt.then(
    () => undefined,
    (no) => (no instanceof Rejected ? no.rejection : Promise.reject(no)),
  )

test("a name in use is refused with one that is free", async () => {
  await signIn("Ann")
  expect(await whyNot(signIn("ann"))).toMatchObject({ _tag: "NameInUse", suggestion: "ann 2" })
  await signIn("Ann 2")
  expect(await whyNot(signIn("Ann"))).toMatchObject({ _tag: "NameInUse", suggestion: "Ann 3" })
})

test("a name that looks like somebody's is in use too, and nobody is System", async () => {
  await signIn("Bill")
  expect(await whyNot(signIn("BiII"))).toMatchObject({ _tag: "NameInUse" })
  expect(await whyNot(signIn("Ѕуѕтем"))).toMatchObject({ _tag: "NameReserved" })
  expect(await whyNot(speakAs("sys tem"))).toMatchObject({ _tag: "NameReserved" })
})

test("a name is free again when its session has ended, for a new person", async () => {
  const first = await signIn("Cleo")
  const actor = await run(backend.it.identity.whoHolds(first.token))
  await run(backend.it.identity.signOut(actor!.session!))
  expect(await run(backend.it.identity.whoHolds(first.token))).toBeUndefined()
  expect((await signIn("Cleo")).user.id).not.toBe(first.user.id)
})

test("an old client's name is held while it is there, shared with itself, and free afterwards", async () => {
  const one = await speakAs("Dora")
  const two = await speakAs("Dora")
  expect(two.actor.id).toBe(one.actor.id)
  one.leave()
  expect(await whyNot(signIn("Dora"))).toMatchObject({ _tag: "NameInUse" })
  two.leave()
  await signIn("Dora")
  expect(await whyNot(speakAs("Dora"))).toMatchObject({ _tag: "NameInUse" })
})

test("who comes at once under one name is one person or refused", async () => {
  const guests = await Promise.all(Array.from({ length: 5 }, () => whyNot(signIn("Emil"))))
  expect(guests.filter((no) => no === undefined)).toHaveLength(1)
  const old = await Promise.all(Array.from({ length: 5 }, () => speakAs("Fay")))
  expect(new Set(old.map(({ actor }) => actor.id)).size).toBe(1)
  const both = await Promise.all([whyNot(speakAs("Gus")), whyNot(signIn("Gus"))])
  expect(both.filter((no) => no === undefined)).toHaveLength(1)
})
