import type { AppRouter } from "@roomlog/backend"
import { type OperationLink, TRPCClientError, type TRPCLink } from "@trpc/client"
import { observable, type Unsubscribable } from "@trpc/server/observable"

/** A link that is loaded with its first call: browsers that never need it never have it. */
export const lazily =
  (load: () => Promise<TRPCLink<AppRouter>>): TRPCLink<AppRouter> =>
  (runtime) => {
    let loading: Promise<OperationLink<AppRouter>> | undefined
    return (call) =>
      observable((observer) => {
        let running: Unsubscribable | undefined
        let isOver = false
        loading ??= load().then((link) => link(runtime))
        loading.then(
          (link) => {
            if (!isOver) running = link(call).subscribe(observer)
          },
          (problem: unknown) => {
            loading = undefined
            observer.error(TRPCClientError.from(problem instanceof Error ? problem : new Error(String(problem))))
          },
        )
        return () => {
          isOver = true
          running?.unsubscribe()
        }
      })
  }
