import { afterEach, beforeEach, expect, test, vi } from "vitest"
import type { LaneSocket } from "./laneSocket.ts"
import { keepAlive } from "./pulse.ts"

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const connection = () => {
  const log: string[] = []
  const socket = { silence: 0, send: (word: string) => log.push(word), terminate: () => log.push("given up") }
  return { log, socket: socket as unknown as LaneSocket }
}

test("who is silent is asked once, and given up when there is no answer", () => {
  const { log, socket } = connection()
  const stop = keepAlive({ clients: new Set([socket]) })
  vi.advanceTimersByTime(14_999)
  expect(log).toEqual([])
  vi.advanceTimersByTime(1)
  expect(log).toEqual(["PING"])
  vi.advanceTimersByTime(9_999)
  expect(log).toEqual(["PING"])
  vi.advanceTimersByTime(1)
  expect(log).toEqual(["PING", "given up"])
  stop()
})

test("who says anything is let be until silent again", () => {
  const { log, socket } = connection()
  const stop = keepAlive({ clients: new Set([socket]) })
  vi.advanceTimersByTime(24_000)
  socket.silence = 0
  vi.advanceTimersByTime(14_000)
  expect(log).toEqual(["PING"])
  vi.advanceTimersByTime(1_000)
  expect(log).toEqual(["PING", "PING"])
  stop()
  vi.advanceTimersByTime(60_000)
  expect(log).toEqual(["PING", "PING"])
})
