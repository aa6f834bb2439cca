import type { AppRouter } from "@roomlog/backend"
import { type Operation, TRPCClientError, type TRPCLink } from "@trpc/client"
import { observable } from "@trpc/server/observable"
import type { TRPCResponse } from "@trpc/server/rpc"
import { authorization, fetchOf, type LinkNeeds } from "./needs.ts"

/** One HTTP request for each call: for the few that come before there is a WebSocket. */
export const httpLink =
  (needs: LinkNeeds): TRPCLink<AppRouter> =>
  () =>
  ({ op }) =>
    observable((observer) => {
      const abort = new AbortController()
      answerTo(op, needs, abort.signal).then(
        (data) => {
          observer.next({ result: { type: "data", data } })
          observer.complete()
        },
        (problem: Error) => observer.error(TRPCClientError.from(problem)),
      )
      return () => abort.abort()
    })

const answerTo = async (
  { type, path, input, signal }: Operation,
  { options, speaker }: LinkNeeds,
  over: AbortSignal,
): Promise<unknown> => {
  const words = input === undefined ? null : JSON.stringify(input)
  const isQuery = type === "query"
  const asked = isQuery && words !== null ? `?input=${encodeURIComponent(words)}` : ""
  const answer = await fetchOf(options)(`${options.url}/trpc/${path}${asked}`, {
    method: isQuery ? "GET" : "POST",
    headers: { ...authorization(speaker()), ...(isQuery ? {} : { "content-type": "application/json" }) },
    body: isQuery ? null : words,
    signal: signal == null ? over : AbortSignal.any([signal, over]),
  })
  const said = (await answer.json()) as TRPCResponse
  if ("error" in said) throw TRPCClientError.from(said)
  return said.result.data
}
