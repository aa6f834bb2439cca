import type { IncomingMessage } from "node:http"
import { type Actor, type Backend, run } from "@roomlog/backend"

const life = 30 * 24 * 60 * 60

/** How browsers keep their session. Under TLS the cookie's name ties it to this host alone. */
export const makeSessions = (backend: Backend, isSecure: boolean) => {
  const name = isSecure ? "__Host-roomlog_session" : "roomlog_session"
  return {
    /** The cookie that gives a browser its session, or takes it away. */
    cookie: (token: string | null): string =>
      `${name}=${token ?? ""}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${token === null ? 0 : life}${isSecure ? "; Secure" : ""}`,

    /** Who speaks: by a bearer token, or by the cookie. */
    actorOf: async (headers: IncomingMessage["headers"], token?: string): Promise<Actor | undefined> => {
      const proof = token ?? bearer(headers.authorization) ?? cookieOf(headers.cookie, name)
      return proof ? run(backend.identity.whoHolds(proof)) : undefined
    },
  }
}

export type Sessions = ReturnType<typeof makeSessions>

const bearer = (header: string | undefined): string | undefined => /^Bearer ([\w-]{20,128})$/i.exec(header ?? "")?.[1]

const cookieOf = (header: string | undefined, name: string): string | undefined =>
  header
    ?.split(";")
    .map((pair) => pair.trim().split("="))
    .find(([key]) => key === name)?.[1]
