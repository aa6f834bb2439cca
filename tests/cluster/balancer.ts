import { once } from "node:events"
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as requestOf,
  type ServerResponse,
} from "node:http"
import { type AddressInfo, connect, type Socket } from "node:net"
import type { Duplex } from "node:stream"
import { pipeline } from "node:stream"
import { type Node, Nodes } from "./nodes.ts"

/** Shares requests and WebSockets out over nodes, as a proxy before a real installation does. */
export interface Balancer {
  readonly url: string
  /** The nodes that are thought to answer, by address. */
  readonly up: () => ReadonlyArray<string>
  /** Requests and WebSockets that each node was given. */
  readonly given: () => Readonly<Record<string, number>>
  readonly close: () => Promise<void>
}

export interface BalancerSources {
  /** Addresses of the nodes, as http://127.0.0.1:8001. */
  readonly nodes: ReadonlyArray<string>
  readonly port?: number
  readonly host?: string
}

/**
 * Starts one. Round robin over the nodes that answer; a request that no node has begun with is tried on the next one.
 * Only Socket.IO's long polling stays with a node, by the session id that the node gave it.
 */
export const startBalancer = async (sources: BalancerSources): Promise<Balancer> => {
  const { host = "127.0.0.1", port = 0 } = sources
  const nodes = new Nodes(sources.nodes)
  const server = createServer({ requestTimeout: 0 })
  const sockets = new Set<Socket>()
  server.on("connection", (socket: Socket) => {
    sockets.add(socket)
    socket.once("close", () => sockets.delete(socket))
  })
  server.on("request", (request, response) => pass(request, response, nodes.inTurn(request.url ?? "/")))
  server.on("upgrade", (request, socket, head) => upgrade(request, { socket, head }, nodes.inTurn(request.url ?? "/")))
  server.listen(port, host)
  await once(server, "listening")
  const stopLooking = nodes.lookAfter()
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    up: () => nodes.up(),
    given: () => nodes.given(),
    close: async () => {
      stopLooking()
      const closed = once(server, "close")
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** Streams a request to the first node that takes it, and its answer back. */
const pass = (request: IncomingMessage, response: ServerResponse, turn: Iterator<Node>): void => {
  const next = turn.next()
  if (next.done) return refuse(response)
  const node = next.value
  const { method, url } = request
  const passed = requestOf(node.url + url, { method: method!, headers: headersFor(request), agent: false })
  let isSent = false
  response.once("close", () => passed.destroy())
  passed.once("socket", (socket) =>
    socket.once("connect", () => {
      isSent = true
      node.met(true)
      pipeline(request, passed, () => undefined)
    }),
  )
  passed.once("response", (answer) => {
    node.learn(answer, url!)
    response.writeHead(answer.statusCode!, withoutHops(answer.headers))
    response.flushHeaders()
    pipeline(answer, response, () => undefined)
  })
  passed.on("error", () => {
    if (response.closed || response.destroyed) return
    if (!isSent) node.met(false)
    if (!isSent || (isRead(request) && !response.headersSent)) return pass(request, response, turn)
    if (response.headersSent) response.destroy()
    else refuse(response, 502)
  })
}

/** Joins a socket to the first node that takes it. Either end's death is the other one's. */
const upgrade = (request: IncomingMessage, client: { socket: Duplex; head: Buffer }, turn: Iterator<Node>): void => {
  const { socket, head } = client
  const next = turn.next()
  if (next.done) return void socket.end("HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n")
  const { hostname, port } = new URL(next.value.url)
  const node = connect(Number(port), hostname).setNoDelay(true)
  let isJoined = false
  node.once("connect", () => {
    isJoined = true
    next.value.met(true)
    node.write(headOf(request))
    node.write(head)
    node.pipe(socket)
    socket.pipe(node)
  })
  node.once("close", () => {
    if (isJoined) return socket.destroy()
    next.value.met(false)
    if (!socket.destroyed) upgrade(request, client, turn)
  })
  node.on("error", () => undefined)
  socket.on("error", () => node.destroy())
  socket.once("close", () => node.destroy())
}

const refuse = (response: ServerResponse, status = 503): void => {
  response.writeHead(status, { "content-type": "application/json", "retry-after": "1", connection: "close" })
  response.end(JSON.stringify({ detail: "No node answers. Try again." }))
}

/** A read may be asked again, whatever became of the first try. */
const isRead = ({ method }: IncomingMessage): boolean => method === "GET" || method === "HEAD"

/** What is said between two neighbours only, and not handed on (RFC 9110, 7.6.1). */
const hops = new Set(["connection", "keep-alive", "proxy-connection", "te", "trailer", "upgrade"])

const withoutHops = (headers: IncomingHttpHeaders): IncomingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !hops.has(name)))

const headersFor = (request: IncomingMessage): IncomingHttpHeaders => ({
  ...withoutHops(request.headers),
  ...forwarded(request),
})

const forwarded = ({ headers, socket }: IncomingMessage): Record<string, string> => ({
  "x-forwarded-for": [headers["x-forwarded-for"], socket.remoteAddress].filter(Boolean).join(", "),
  "x-forwarded-proto": "http",
})

const headOf = (request: IncomingMessage): string => {
  const headers = { ...request.headers, ...forwarded(request) }
  const lines = Object.entries(headers).flatMap(([name, value]) => [value ?? []].flat().map((one) => `${name}: ${one}`))
  return `${[`${request.method} ${request.url} HTTP/1.1`, ...lines].join("\r\n")}\r\n\r\n`
}
