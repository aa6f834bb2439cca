import { describe, expect, test } from "vitest"
import { makeAddressOf } from "./address.ts"

const forwarded = (by: string) => ({ "x-forwarded-for": by })

describe("without trusted proxies", () => {
  const addressOf = makeAddressOf([])
  test("it is the address that connected", () => expect(addressOf("203.0.113.7", {})).toBe("203.0.113.7"))
  test("a forged header changes nothing", () =>
    expect(addressOf("203.0.113.7", forwarded("198.51.100.1"))).toBe("203.0.113.7"))
  test("an IPv4 address has one form, however the socket was opened", () =>
    expect(addressOf("::ffff:203.0.113.7", {})).toBe("203.0.113.7"))
  test("a connection that is gone already has none", () => expect(addressOf(undefined, {})).toBe(""))
})

describe("behind proxies at 10.0.0.0/8 and fd00::1", () => {
  const addressOf = makeAddressOf(["10.0.0.0/8", "fd00::1"])
  const at = (header: string) => addressOf("10.0.0.2", forwarded(header))

  test("it is what the proxy says", () => expect(at("203.0.113.7")).toBe("203.0.113.7"))
  test("what the client itself put before is not believed", () =>
    expect(at("198.51.100.1, 203.0.113.7")).toBe("203.0.113.7"))
  test("a chain of proxies is followed to the first stranger", () =>
    expect(at("198.51.100.1, 203.0.113.7, 10.9.9.9")).toBe("203.0.113.7"))
  test("IPv6 works on both sides", () =>
    expect(addressOf("fd00::1", forwarded("2001:db8::7, ::ffff:10.0.0.3"))).toBe("2001:db8::7"))
  test("ports are left away", () => {
    expect(at("203.0.113.7:5061")).toBe("203.0.113.7")
    expect(at("[2001:db8::7]:5061")).toBe("2001:db8::7")
  })
  test("someone who connects past the proxy is not believed", () =>
    expect(addressOf("203.0.113.9", forwarded("198.51.100.1"))).toBe("203.0.113.9"))
  test("without the header, or with nonsense in it, it is the proxy's own", () => {
    expect(addressOf("10.0.0.2", {})).toBe("10.0.0.2")
    for (const nonsense of ["", "unknown", ",", "203.0.113.7, <script>", "999.1.1.1"])
      expect(at(nonsense)).toBe("10.0.0.2")
  })
  test("when everybody is trusted, it is the farthest one", () => expect(at("10.1.1.1, 10.1.1.2")).toBe("10.1.1.1"))
})
