import { once } from "node:events"
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http"
import { type AddressInfo, connect, type Socket } from "node:net"
import { afterEach, expect, test } from "vitest"
import { WebSocket, WebSocketServer } from "ws"
import { type Balancer, startBalancer } from "./balancer.ts"

/** A node that says its name, and what it heard. */
interface Stub {
  readonly url: string
  readonly server: Server
}

const connections = new Map<Socket, Server>()
const undo: Array<() => unknown> = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

type Listener = (request: IncomingMessage, response: ServerResponse) => void

const stub = async (name: string, listener: Listener = (_, response) => response.end(name)): Promise<Stub> => {
  const server = createServer((asked, response) =>
    asked.url === "/health/ready" ? response.end("{}") : listener(asked, response),
  )
  new WebSocketServer({ server }).on("connection", (socket) =>
    socket.on("message", (said) => socket.send(`${name}: ${said}`)),
  )
  server.on("connection", (socket) => connections.set(socket, server))
  await once(server.listen(0, "127.0.0.1"), "listening")
  undo.push(() => ended(server))
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

/** Ends a node as kill -9 does, its WebSockets included. */
const ended = async (server: Server): Promise<void> => {
  if (!server.listening) return
  server.close()
  for (const [socket, of] of connections) if (of === server) socket.destroy()
  await once(server, "close")
}

const balanced = async (...nodes: Stub[]): Promise<Balancer> => {
  const balancer = await startBalancer({ nodes: nodes.map(({ url }) => url) })
  undo.push(() => balancer.close())
  return balancer
}

const text = async (url: string, options: RequestInit = {}) => (await fetch(url, options)).text()

test("requests go round", async () => {
  const { url } = await balanced(await stub("a"), await stub("b"), await stub("c"))
  const said = [await text(url), await text(url), await text(url), await text(url)]
  expect(said).toEqual(["a", "b", "c", "a"])
})

test("a node that is gone is passed over, for writes too, and used again when it is back", async () => {
  const [a, b] = [await stub("a"), await stub("b")]
  const balancer = await balanced(a, b)
  await ended(a.server)
  for (let i = 0; i < 4; i++) expect(await text(balancer.url, { method: "POST", body: "x" })).toBe("b")
  expect(balancer.up()).toEqual([b.url])
  a.server.listen(Number(new URL(a.url).port), "127.0.0.1")
  while ((await text(balancer.url)) !== "a");
  undo.push(() => ended(a.server))
})

test("a read that a dying node left unanswered is asked of the next; a write is not sent twice", async () => {
  let writes = 0
  const dying = await stub("a", (asked) => {
    if (asked.method === "POST") writes++
    asked.socket.destroy()
  })
  const { url } = await balanced(
    dying,
    await stub("b", (asked, response) => {
      if (asked.method === "POST") writes++
      response.end("b")
    }),
  )
  for (let i = 0; i < 4; i++) expect(await text(url)).toBe("b")
  const statuses = await Promise.all([1, 2].map(async () => (await fetch(url, { method: "POST", body: "x" })).status))
  expect(statuses.toSorted()).toEqual([200, 502])
  expect(writes).toBe(2)
})

test("when no node answers, it says so", async () => {
  const a = await stub("a")
  const { url } = await balanced(a)
  await ended(a.server)
  const answer = await fetch(url)
  expect(answer.status).toBe(503)
  expect(answer.headers.get("retry-after")).toBe("1")
})

test("an upload streams through, and so does its answer", async () => {
  const { url } = await balanced(await stub("a", (asked, response) => void asked.pipe(response)))
  const upload = request(url, { method: "PUT" })
  upload.write("first")
  const [answer] = (await once(upload, "response")) as [IncomingMessage]
  expect(String((await once(answer, "data"))[0])).toBe("first")
  upload.end("second")
  for await (const chunk of answer) expect(String(chunk)).toBe("second")
})

test("a client that goes away ends its request at the node", async () => {
  const gone = Promise.withResolvers<void>()
  const { url } = await balanced(
    await stub("a", (_, response) => {
      response.write("x")
      response.once("close", () => gone.resolve())
    }),
  )
  const stop = new AbortController()
  const answer = await fetch(url, { signal: stop.signal })
  await answer.body!.getReader().read()
  stop.abort()
  await gone.promise
})

test("an answer that broke off does not look whole", async () => {
  const { url } = await balanced(
    await stub("a", (_, response) => {
      response.write("half", () => response.destroy())
    }),
  )
  await expect(text(url)).rejects.toThrow()
})

test("nodes learn who asks, cookies and the host come through, and hop headers do not", async () => {
  const { url } = await balanced(
    await stub("a", ({ headers }, response) => {
      response.appendHeader("set-cookie", "a=1").appendHeader("set-cookie", "b=2")
      response.end(JSON.stringify(headers))
    }),
  )
  const answer = await fetch(url, { headers: { "x-forwarded-for": "203.0.113.9", cookie: "c=3" } })
  expect(answer.headers.getSetCookie()).toEqual(["a=1", "b=2"])
  expect(await answer.json()).toMatchObject({
    host: new URL(url).host,
    cookie: "c=3",
    "x-forwarded-for": "203.0.113.9, 127.0.0.1",
  })
})

test("WebSockets go round as well, and a node's death is their end", async () => {
  const [a, b] = [await stub("a"), await stub("b")]
  const { url } = await balanced(a, b)
  const said = async (socket: WebSocket) => {
    await once(socket, "open")
    socket.send("hello")
    return String((await once(socket, "message"))[0])
  }
  const [first, second] = [new WebSocket(url), new WebSocket(url)]
  expect((await Promise.all([said(first), said(second)])).toSorted()).toEqual(["a: hello", "b: hello"])
  const ends = Promise.race([once(first, "close"), once(second, "close")])
  await ended(a.server)
  await ends
  expect(await said(new WebSocket(url))).toBe("b: hello")
})

test("a socket that is refused hears why", async () => {
  const a = await stub("a")
  a.server.removeAllListeners("upgrade")
  a.server.on("upgrade", (_, socket) => socket.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n"))
  const { url } = await balanced(a)
  const socket = connect(Number(new URL(url).port), "127.0.0.1")
  socket.write("GET /trpc HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
  expect(String((await once(socket, "data"))[0])).toMatch(/^HTTP\/1.1 403/)
  socket.destroy()
})

test("long polling of Socket.IO stays with the node that opened the session", async () => {
  const polling =
    (name: string): Listener =>
    (asked, response) =>
      response.end(asked.url!.includes("sid=") ? name : `0{"sid":"session-of-${name}","upgrades":[]}`)
  const { url } = await balanced(await stub("a", polling("a")), await stub("b", polling("b")))
  for (const name of ["a", "b"])
    expect(await text(`${url}/socket.io/?EIO=4&transport=polling`)).toContain(`session-of-${name}`)
  for (const name of ["b", "b", "a", "a", "b"])
    expect(await text(`${url}/socket.io/?EIO=4&transport=polling&sid=session-of-${name}`)).toBe(name)
})
