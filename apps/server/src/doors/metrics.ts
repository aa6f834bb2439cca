import { hash, timingSafeEqual } from "node:crypto"
import type { IncomingMessage, ServerResponse } from "node:http"
import { BlockList, isIP } from "node:net"
import type { Meter } from "@roomlog/backend"

/** The measures in Prometheus' text format, for whoever bears the token, or without one for this machine alone. */
export const metricsDoor =
  (meter: Meter, token: string) =>
  (request: IncomingMessage, response: ServerResponse): void => {
    const isAllowed = token === "" ? isFromHere(request) : bears(request, token)
    if (!isAllowed || (request.method !== "GET" && request.method !== "HEAD")) return notFound(response)
    void meter.text().then((text) => {
      response.writeHead(200, {
        "content-type": "text/plain; version=0.0.4; charset=utf-8",
        "cache-control": "no-store",
      })
      response.end(request.method === "HEAD" ? undefined : text)
    })
  }

/** Compares hashes, which takes as long for a wrong token as for the right one, whatever its length. */
const bears = ({ headers }: IncomingMessage, token: string): boolean => {
  const [, borne] = /^Bearer +(\S{1,512})$/i.exec(headers.authorization ?? "") ?? []
  return timingSafeEqual(digest(borne ?? ""), digest(token)) && borne !== undefined
}

const digest = (text: string): Buffer => hash("sha256", text, "buffer")

/**
 * The socket comes from this machine, no proxy says that it speaks for another one, and the address asked for is this
 * machine's own: a page in a browser here that was led to us by a foreign name is not from here.
 */
const isFromHere = ({ headers, socket }: IncomingMessage): boolean =>
  isLoopback(socket.remoteAddress ?? "") &&
  forwarding.every((name) => headers[name] === undefined) &&
  isLocalName(headers.host ?? "")

const forwarding = ["x-forwarded-for", "forwarded", "x-real-ip", "via", "origin"]

const isLocalName = (host: string): boolean => {
  const name = host.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1")
  return name === "localhost" || isLoopback(name)
}

const isLoopback = (address: string): boolean => {
  const version = isIP(address)
  return version !== 0 && loopback.check(address, version === 4 ? "ipv4" : "ipv6")
}

const loopback = new BlockList()
loopback.addSubnet("127.0.0.0", 8, "ipv4")
loopback.addAddress("::1", "ipv6")

const notFound = (response: ServerResponse): void => {
  response.writeHead(404, { "content-type": "application/json" })
  response.end(JSON.stringify({ detail: "Not found." }))
}
