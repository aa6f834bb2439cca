import type { TestRoomlog } from "@roomlog/testing"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { OldScript } from "./oldScript.ts"
import { conversation } from "./recorded.ts"
import { badRequests } from "./restBadInput.ts"
import { restRules } from "./restRules.ts"

/** Everything that the old REST routes promise, whatever database is behind them. */
export const restSuite = (name: string, start: () => Promise<TestRoomlog>) =>
  describe(`the old REST routes on ${name}`, () => {
    let roomlog: TestRoomlog
    beforeAll(async () => {
      roomlog = await start()
    })
    afterAll(() => roomlog[Symbol.asyncDispose]())

    describe("answer what was recorded", () => {
      let script: OldScript
      beforeAll(() => {
        script = new OldScript(roomlog.url)
      })
      test.each(conversation)("$what", async ({ ask, answer }) => {
        const answered = await script.ask(ask)
        const text = await answered.text()
        expect({ status: answered.status, text }).toEqual({ status: answer.status, text })
        for (const [name, value] of Object.entries(answer.headers ?? {}))
          expect(answered.headers.get(name)).toEqual(typeof value === "string" ? value : expect.stringMatching(value))
        if (!("body" in answer)) return
        const body: unknown = JSON.parse(text)
        expect(body).toEqual(script.expected(answer.body, body))
      })
    })

    badRequests(() => roomlog)
    restRules(() => roomlog)
  })
