import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http"

/** Answers with JSON that nobody keeps. */
export const say = (
  response: ServerResponse,
  status: number,
  body: object,
  headers: OutgoingHttpHeaders = {},
): void => {
  response.writeHead(status, {
    "content-type": "application/json",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...headers,
  })
  response.end(JSON.stringify(body))
}

/** Carries a request of node:http to a fetch-style handler, and its answer back. The body may have `most` bytes. */
export const speakFetch = async (
  [request, response]: readonly [IncomingMessage, ServerResponse],
  origin: string,
  { handler, most }: { readonly handler: (request: Request) => Promise<Response>; readonly most: number },
): Promise<void> => {
  const body = await bodyOf(request, most)
  if (body === undefined) return say(response, 413, { message: `The request may have at most ${most} bytes.` })
  const answer = await handler(
    new Request(new URL(request.url ?? "/", origin), {
      method: request.method ?? "GET",
      headers: headersOf(request),
      ...(request.method === "GET" || request.method === "HEAD" ? {} : { body }),
    }),
  )
  const said = Buffer.from(await answer.arrayBuffer())
  response.writeHead(answer.status, { ...Object.fromEntries(answer.headers), "content-length": said.length })
  response.end(said)
}

const headersOf = ({ headers }: IncomingMessage): Headers =>
  new Headers(Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])))

const bodyOf = async (request: IncomingMessage, most: number): Promise<string | undefined> => {
  const chunks: Array<Buffer> = []
  let length = 0
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > most) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString("utf8")
}
