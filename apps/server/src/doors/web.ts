import { existsSync } from "node:fs"
import type { IncomingMessage, ServerResponse } from "node:http"
import { fileURLToPath } from "node:url"
import sirv from "sirv"

const built = fileURLToPath(new URL("dist", import.meta.resolve("@roomlog/web/package.json")))

/** What every page is sent with. */
export const pageHeaders: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'self'; img-src 'self' blob: data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "same-origin",
  "permissions-policy": "camera=(), microphone=(), geolocation=()",
}

/** The web client's files; pages of rooms are all the one page. */
export const webDoor = () => {
  if (!existsSync(built)) return notBuilt
  const files = sirv(built, {
    etag: true,
    brotli: true,
    gzip: true,
    setHeaders: (response, path) => {
      response.setHeader(
        "cache-control",
        path.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache",
      )
    },
  })
  return (request: IncomingMessage, response: ServerResponse): void => {
    for (const [name, value] of Object.entries(pageHeaders)) response.setHeader(name, value)
    const { pathname } = new URL(request.url ?? "/", "http://here")
    if (pathname.startsWith("/chat/")) request.url = "/"
    files(request, response, () => {
      response.writeHead(404, { "content-type": "application/json" })
      response.end(JSON.stringify({ detail: "Not found." }))
    })
  }
}

const notBuilt = (_: IncomingMessage, response: ServerResponse): void => {
  response.writeHead(503, { "content-type": "text/plain; charset=utf-8" })
  response.end("The web client is not built. Run `npm start`, or `npx turbo run build` once.\n")
}
