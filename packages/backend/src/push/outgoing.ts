import { type LookupAddress, lookup as lookUp } from "node:dns"
import { type ClientRequest, type IncomingHttpHeaders, request as overHttp, type RequestOptions } from "node:http"
import { request as overHttps } from "node:https"
import { isIP, type LookupFunction } from "node:net"
import { isPrivate, networksOf } from "./networks.ts"

/** A POST to somebody else's server. */
export interface Outgoing {
  readonly url: string
  readonly headers: Readonly<Record<string, string | number>>
  readonly body: string | Buffer
  /** Ends it early. */
  readonly signal?: AbortSignal | undefined
}

export interface Answered {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** At most the first 64 KiB. */
  readonly text: string
}

/** The address leads to where this server must not call; the message names no person and no text. */
export class Forbidden extends Error {}

/** Milliseconds that one call may take, from the look-up of the name to the last byte. */
export const patience = 5_000
const mostBytes = 64 * 1024

/**
 * Calls to addresses that strangers may have chosen. They go to public addresses over https only, unless these networks
 * have them: the name is looked up once, and the connection goes to the address that was checked. No redirect is followed.
 */
export const makeOutgoing = (allowed: ReadonlyArray<string>) => {
  const isAllowed = networksOf(allowed)
  const mayReach = (ip: string): boolean => isAllowed(ip) || !isPrivate(ip)

  const lookup: LookupFunction = (name, options, done) =>
    lookUp(name, { ...options, all: true }, (error, found) => {
      if (error) return done(error, "")
      const wrong = found.find(({ address }) => !mayReach(address))
      if (wrong || found.length === 0) return done(new Forbidden(`${name} leads to a private address`), "")
      const [first] = found as [LookupAddress]
      if (options.all) done(null, found)
      else done(null, first.address, first.family)
    })

  /** Why an address must not be called, before its name is looked up; undefined when it may. */
  const whyNot = (url: string): string | undefined => {
    const { protocol, hostname, username, password } = new URL(url)
    const host = hostname.replace(/^\[|\]$/g, "")
    if (username !== "" || password !== "") return "must not contain a name or password"
    if (protocol !== "https:" && !(protocol === "http:" && isAllowed(host))) return "must begin with https://"
    return isIP(host) !== 0 && !mayReach(host) ? "must not lead to a private address" : undefined
  }

  const post = ({ url, headers, body, signal }: Outgoing): Promise<Answered> => {
    const reason = whyNot(url)
    if (reason !== undefined) return Promise.reject(new Forbidden(`the address ${reason}`))
    const late = AbortSignal.timeout(patience)
    const options: RequestOptions = {
      method: "POST",
      headers: { ...headers, "content-length": Buffer.byteLength(body) },
      signal: signal === undefined ? late : AbortSignal.any([late, signal]),
      lookup,
      agent: false,
    }
    const begin = url.startsWith("https:") ? overHttps : overHttp
    return answerOf(begin(url, options), body)
  }

  return { whyNot, post }
}

export type OutgoingCalls = ReturnType<typeof makeOutgoing>

const answerOf = (request: ClientRequest, body: string | Buffer): Promise<Answered> =>
  new Promise((resolve, reject) => {
    request.on("error", reject)
    request.on("response", (response) => {
      const parts: Array<Buffer> = []
      let size = 0
      const end = () => {
        const text = Buffer.concat(parts).subarray(0, mostBytes).toString("utf8")
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text })
        request.destroy()
      }
      response.on("data", (part: Buffer) => {
        parts.push(part)
        size += part.length
        if (size >= mostBytes) end()
      })
      response.on("end", end)
      response.on("error", reject)
    })
    request.end(body)
  })
