import { startRoomlog } from "@roomlog/testing"
import { describe, expect, test } from "vitest"
import { readConfig, variables } from "../apps/server/src/config.ts"
import { asked, buildContext, compose, environmentOf, filledIn, type Service, stages, textOf } from "./deployment.ts"

const { services, networks, volumes } = compose
const dockerfile = stages(textOf("Dockerfile"))
const image = dockerfile.at(-1)!
const caddyfile = textOf("deploy/Caddyfile")
const nodes = Object.entries(services).filter(([name]) => name.startsWith("node-"))
const ours = Object.entries(services).filter(([, { build }]) => build !== undefined)
const example = Object.fromEntries(
  [...textOf("deploy/env.example").matchAll(/^(\w+)=(.*)$/gm)].map(([, name, value]) => [name!, value!]),
)
const filled = {
  ...example,
  ROOMLOG_SECRET: "s".repeat(48),
  DATABASE_OWNER_PASSWORD: "o1",
  DATABASE_NODE_PASSWORD: "n1",
}

const settingsOf = ({ environment = {} }: Service, values: Record<string, string> = filled) => ({
  ...environmentOf(image),
  ...Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, filledIn(value, values)])),
})

describe("the settings of docker-compose.yml", () => {
  const known = new Set<string>(Object.values(variables).map(({ name }) => name))
  test.each(ours)("%s: every one is known to the server", (_, { environment = {} }) =>
    expect(Object.keys(environment).filter((name) => !known.has(name))).toEqual([]),
  )
  test.each(ours)("%s: they can be used", (_, service) => {
    const config = readConfig(settingsOf(service))
    expect(config).toMatchObject({ publicUrl: "https://localhost", databaseDir: undefined, dataDir: "/data" })
    expect(config.host).toBe("0.0.0.0")
    expect(config.trustedProxies.length).toBeGreaterThan(0)
    expect(new URL(config.databaseUrl).hostname).toBe("postgres")
  })
  test("what is not filled in is refused in words", () => {
    const sentences = asked(textOf("docker-compose.yml")).flatMap(({ sentence }) => sentence ?? [])
    for (const name of Object.keys(filled)) {
      const empty = { ...filled, [name]: "" }
      expect(() => ours.map(([, service]) => settingsOf(service, empty))).toThrow(name)
    }
    for (const sentence of sentences) expect(sentence).toMatch(/^Set \w+ in \.env/)
  })
  test("deploy/env.example names exactly what is asked for, and holds no secret", () => {
    const names = new Set(asked(textOf("docker-compose.yml")).map(({ name }) => name))
    expect(Object.keys(example).toSorted()).toEqual([...names].toSorted())
    expect(Object.entries(example).filter(([, value]) => value !== "")).toEqual([["ROOMLOG_DOMAIN", "localhost"]])
  })
  test("a node logs in with a role that does not own the tables; who owns them is not told to the nodes", () => {
    const user = (service: Service) => new URL(settingsOf(service).DATABASE_URL!).username
    expect(user(services["migrate"]!)).toBe(services["postgres"]!.environment!["POSTGRES_USER"])
    for (const [, node] of nodes) {
      expect(user(node)).toBe(services["migrate"]!.command!.at(-1))
      expect(JSON.stringify(node)).not.toContain("DATABASE_OWNER_PASSWORD")
    }
    expect(textOf("deploy/node-role.sh")).toContain(`create role ${user(nodes[0]![1])} login`)
  })
})

describe("the nodes", () => {
  test("are equal but for their names", () => {
    expect(nodes.length).toBeGreaterThan(1)
    const nameless = nodes.map(([name, node]) => {
      const { NODE_NAME, ...environment } = node.environment!
      expect(NODE_NAME).toBe(name)
      return { ...node, environment }
    })
    for (const node of nameless) expect(node).toEqual(nameless[0])
  })
  test("wait for the tables, and share the images' folder", () => {
    for (const [, { depends_on, volumes: mounted }] of nodes) {
      expect(depends_on!["migrate"]!.condition).toBe("service_completed_successfully")
      expect(mounted).toContain(`media:${environmentOf(image)["DATA_DIR"]}`)
    }
  })
  test("are asked for their health where they listen, at a path that there is", async () => {
    await using roomlog = await startRoomlog()
    for (const [, { healthcheck }] of nodes) {
      const [, port, path] = /http:\/\/127\.0\.0\.1:(\d+)([\w/]+)/.exec(healthcheck!.test.at(-1)!)!
      expect(port).toBe(environmentOf(image)["PORT"])
      const answer = await fetch(new URL(path!, roomlog.url))
      expect(await answer.json()).toMatchObject({ status: "ok" })
    }
    const [, path] = /health_uri (\S+)/.exec(caddyfile)!
    expect((await fetch(new URL(path!, roomlog.url))).status).toBe(200)
  })
  test("are all behind the proxy, and the proxy alone is open to the world", () => {
    const { PORT } = environmentOf(image)
    expect(/\bto (.*)/.exec(caddyfile)![1]!.split(" ")).toEqual(nodes.map(([name]) => `${name}:${PORT}`))
    expect(image).toContainEqual({ word: "EXPOSE", rest: PORT })
    const open = Object.entries(services).flatMap(([name, { ports }]) => (ports ? name : []))
    expect(open).toEqual(["proxy"])
    for (const [, node] of nodes)
      expect(node.networks).toEqual(expect.arrayContaining([...services["proxy"]!.networks!]))
  })
  test("stay with a client only in Socket.IO", () =>
    expect(caddyfile.match(/lb_policy \w+/g)).toEqual(["lb_policy client_ip_hash", "lb_policy round_robin"]))
})

describe("every service", () => {
  test.each(Object.entries(services))("%s is held in bounds", (name, service) => {
    expect(service.read_only).toBe(true)
    expect(service.deploy!.resources.limits).toMatchObject({ cpus: expect.any(String), memory: expect.any(String) })
    expect(service.restart).toBe(name === "migrate" ? "no" : "unless-stopped")
    if (name !== "migrate") expect(service.healthcheck).toBeDefined()
    if (service.build === undefined) expect(service.image).toMatch(/:\d+\.\d+/)
  })
  test("uses what is declared, and only waits for what there is", () => {
    for (const { volumes: mounted = [], networks: joined = [], depends_on = {} } of Object.values(services)) {
      const named = mounted.map((volume) => volume.split(":")[0]!).filter((from) => !from.startsWith("./"))
      expect(Object.keys(volumes)).toEqual(expect.arrayContaining(named))
      expect(Object.keys(networks)).toEqual(expect.arrayContaining([...joined]))
      for (const [other, { condition }] of Object.entries(depends_on)) {
        expect(services).toHaveProperty(other)
        if (condition === "service_healthy") expect(services[other]!.healthcheck).toBeDefined()
      }
    }
    for (const inside of ["postgres", "nats"])
      expect(services[inside]!.networks!.every((name) => networks[name]?.internal)).toBe(true)
  })
})

describe("the image", () => {
  test("has the Node of this project, at every stage", () => {
    const [pinned] = Object.values<string>(JSON.parse(textOf("package.json")).optionalDependencies)
    for (const [from] of dockerfile) expect(from!.rest).toMatch(new RegExp(`^node:${pinned}-slim( AS \\w+)?$`))
  })
  test("runs as somebody without rights", () =>
    expect(image.findLast(({ word }) => word === "USER")?.rest).toBe("node"))
  test("is made of all workspaces, and of nothing that is private", () => {
    const context = buildContext()
    for (const path of [
      "package-lock.json",
      "apps/server/src/main.ts",
      "apps/web/index.html",
      "packages/log/package.json",
    ])
      expect(context).toContain(path)
    expect(context.filter((path) => /^(tests|docs|data|\.env|\.git\/)|node_modules|\.test\.ts$/.test(path))).toEqual([])
  })
})
