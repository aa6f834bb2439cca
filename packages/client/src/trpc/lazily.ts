import type { AppRouter } from "@roomlog/backend"
import { TRPCClientError, type TRPCLink } from "@trpc/client"
import { observable, type Unsubscribable } from "@trpc/server/observable"

/** A link that is loaded with its first call: browsers that never need it never have it. */
export const lazily = (load: () => Promise<TRPCLink<AppRouter>>): TRPCLink<AppRouter> => {
  let loading: Promise<TRPCLink<AppRouter>> | undefined
  return (runtime) => (call) =>
    observable((observer) => {
      let running: Unsubscribable | undefined
      let isOver = false
      loading ??= load()
      loading.then(
        (link) => {
          if (!isOver) running = link(runtime)(call).subscribe(observer)
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
