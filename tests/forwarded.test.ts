import { startRoomlog } from "@roomlog/testing"
import { io } from "socket.io-client"
import { describe, expect, test } from "vitest"

const signIn = async (url: string, name: string, from: string): Promise<number> => {
  const answer = await fetch(`${url}/trpc/identity.signIn`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-forwarded-for": from },
    body: JSON.stringify({ name }),
  })
  return answer.status
}

/** Whether an old client may join, which says where it comes from. */
const joins = async (url: string, username: string, from: string): Promise<boolean> => {
  const socket = io(url, { forceNew: true, extraHeaders: { "x-forwarded-for": from } })
  try {
    return await socket.timeout(30_000).emitWithAck("join", { username, room: "harbour" })
  } finally {
    socket.close()
  }
}

const strict = { RATE_SIGN_INS: "1/600", RATE_OLD_JOINS: "1/600" }

describe("a stranger who names another address with every try", () => {
  test("is still one stranger", async () => {
    await using roomlog = await startRoomlog({ settings: strict })
    expect(await signIn(roomlog.url, "Ann", "203.0.113.1")).toBe(200)
    expect(await signIn(roomlog.url, "Bob", "203.0.113.2")).toBe(429)
    expect(await joins(roomlog.url, "Old Ann", "203.0.113.1")).toBe(true)
    expect(await joins(roomlog.url, "Old Bob", "203.0.113.2")).toBe(false)
  })
})

describe("people behind a proxy that is trusted", () => {
  test("are counted each for themselves", async () => {
    await using roomlog = await startRoomlog({ settings: { ...strict, TRUSTED_PROXIES: "127.0.0.1" } })
    expect(await signIn(roomlog.url, "Ann", "203.0.113.1")).toBe(200)
    expect(await signIn(roomlog.url, "Bob", "203.0.113.2")).toBe(200)
    // What Eve wrote herself stands before what the proxy added.
    expect(await signIn(roomlog.url, "Eve", "203.0.113.99, 203.0.113.2")).toBe(429)
    expect(await joins(roomlog.url, "Old Ann", "203.0.113.1")).toBe(true)
    expect(await joins(roomlog.url, "Old Bob", "203.0.113.2")).toBe(true)
    expect(await joins(roomlog.url, "Old Eve", "203.0.113.99, 203.0.113.2")).toBe(false)
  })
})
