import type { AppRouter } from "@roomlog/backend"
import { TRPCClientError } from "@trpc/client"
import { Rejected } from "../contract.ts"
import { Lost } from "../server.ts"

/** What tRPC says went wrong, in the client's three words: a refusal, nobody knows, or an error that would come again. */
export const problemOf = (cause: unknown): Error => {
  if (!isTrpc(cause)) return cause instanceof Error ? new Lost(cause.message) : new Lost(String(cause))
  const { data, message } = cause
  if (data?.rejection) return new Rejected(data.rejection, message)
  const status = data?.httpStatus ?? 0
  if (status >= 400 && status < 500 && status !== 408 && status !== 429) return new Error(message)
  return new Lost(status === 0 ? `The server gives no answer: ${rootOf(cause).message}` : message)
}

/** Why at the bottom: `fetch failed` says nothing, its cause names the address. */
const rootOf = (error: Error): Error => (error.cause instanceof Error ? rootOf(error.cause) : error)

const isTrpc = (cause: unknown): cause is TRPCClientError<AppRouter> => cause instanceof TRPCClientError
