import type { Readable } from "@roomlog/client"

/** A value that can be watched and set. */
export const cell = <T>(first: T): Readable<T> & { readonly set: (value: T) => void } => {
  let value = first
  const watchers = new Set<(value: T) => void>()
  return {
    get: () => value,
    set: (next) => {
      value = next
      for (const watcher of watchers) watcher(next)
    },
    watch: (changed) => {
      watchers.add(changed)
      return () => void watchers.delete(changed)
    },
  }
}
