import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { readConfig, variables } from "../apps/server/src/config.ts"

const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8")
const settings = Object.values(variables)

test("the README's table of settings is the one of the server", () => {
  const [, table] = /<!-- settings -->\n(.*?)<!-- \/settings -->/s.exec(readme)!
  const rows = table!
    .trim()
    .split("\n")
    .map((line) =>
      line
        .split("|")
        .map((cell) => cell.trim().replaceAll("`", ""))
        .slice(1, -1),
    )
  expect(rows.slice(0, 2)).toEqual([
    ["Variable", "Default", "Meaning"],
    ["---", "---", "---"],
  ])
  expect(rows.slice(2)).toEqual(settings.map(({ name, fallback, meaning }) => [name, fallback, meaning]))
})

describe("the configuration", () => {
  test("of an empty environment is the one of the table", () => {
    const config = readConfig({})
    expect(config).toMatchObject({ host: "127.0.0.1", port: 8000, publicUrl: "", logLevel: "info", origins: [] })
    expect(config.databaseDir).toBe(join(config.dataDir, "db"))
  })
  test("takes an empty variable as one that is not set", () => expect(readConfig({ PORT: "" }).port).toBe(8000))
  test("has no folder for the database when Postgres is used", () =>
    expect(readConfig({ DATABASE_URL: "postgres://chat@127.0.0.1/chat" }).databaseDir).toBeUndefined())
  test("reads lists and rates", () => {
    const { origins, rates } = readConfig({
      ALLOWED_ORIGINS: "https://a.example, https://b.example,",
      RATE_POSTS: "3/5",
    })
    expect(origins).toEqual(["https://a.example", "https://b.example"])
    expect(rates.posts).toEqual({ points: 3, seconds: 5 })
  })
  test("reads proxies as addresses and networks", () =>
    expect(readConfig({ TRUSTED_PROXIES: "10.0.0.0/8, ::1,192.0.2.7" }).trustedProxies).toEqual([
      "10.0.0.0/8",
      "::1",
      "192.0.2.7",
    ]))
  test("leaves the number of partitions to the log, and makes a name for the node", () => {
    expect(readConfig({}).databaseParts).toBeUndefined()
    expect(readConfig({ DATABASE_PARTITIONS: "4" }).databaseParts).toBe(4)
    expect(readConfig({}).nodeName).toMatch(/.-\d+$/)
    expect(readConfig({ NODE_NAME: "oslo-1" }).nodeName).toBe("oslo-1")
  })
})

describe("a configuration that cannot be used", () => {
  test.each([
    ["PORT", "many"],
    ["PORT", "65536"],
    ["PORT", "-1"],
    ["PORT", "80.5"],
    ["PORT", " "],
    ["PUBLIC_URL", "chat.example"],
    ["PUBLIC_URL", "ftp://chat.example"],
    ["DATABASE_URL", "mysql://chat@127.0.0.1/chat"],
    ["DATABASE_LISTEN_URL", "postgres"],
    ["DATABASE_CONNECTIONS", "0"],
    ["DATABASE_PARTITIONS", "0"],
    ["DATABASE_PARTITIONS", "257"],
    ["NATS_URL", "http://127.0.0.1"],
    ["TRUSTED_PROXIES", "proxy.example"],
    ["TRUSTED_PROXIES", "10.0.0.0/33"],
    ["TRUSTED_PROXIES", "10.0.0.0/8/8"],
    ["FCM_URL", "fcm.googleapis.com"],
    ["PUSH_SUBJECT", "you@example.org"],
    ["PUSH_GRACE", "soon"],
    ["OUTGOING_NETWORKS", "localhost"],
    ["NODE_NAME", "n".repeat(65)],
    ["OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317"],
    ["SECRET", "too short"],
    ["LOG_LEVEL", "loud"],
    ["OLD_CLIENTS", "yes"],
    ["CONNECTIONS_PER_PERSON", "0"],
    ["RATE_POSTS", "20"],
    ["RATE_JOINS", "0/1"],
    ["RATE_UPLOADS", "1/2/3"],
    ["RATE_SIGN_INS", "few/often"],
  ])("names the variable: %s=%j", (name, text) =>
    expect(() => readConfig({ [name]: text })).toThrow(`\n  ${name} must `),
  )

  test("names all of them at once", () =>
    expect(() => readConfig({ PORT: "x", LOG_LEVEL: "loud" })).toThrow(/PORT must.*LOG_LEVEL must/s))
  test("does not print what may be a secret", () => {
    const text = "hunter2"
    for (const { name } of settings)
      try {
        readConfig({ [name]: text })
      } catch (error) {
        expect(String(error)).not.toContain(text)
      }
  })
})
