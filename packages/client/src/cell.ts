import type { Readable } from "./contract.ts"

/** A readable value and its one writer. */
export interface Cell<T> extends Readable<T> {
  /** Watchers hear a value that differs from the one before. */
  readonly set: (value: T) => void
}

/** A value that can be watched. Watchers that come in between hear only the newest value, never an old one after it. */
export const cell = <T>(first: T): Cell<T> => {
  let current = first
  const watchers = new Set<(value: T) => void>()
  return {
    get: () => current,
    set: (value) => {
      if (Object.is(value, current)) return
      current = value
      for (const tell of [...watchers]) {
        if (!Object.is(value, current)) return
        if (watchers.has(tell)) guarded(() => tell(value))
      }
    },
    watch: (changed) => {
      const watcher = (value: T): void => changed(value)
      watchers.add(watcher)
      return () => void watchers.delete(watcher)
    },
  }
}

/** A watcher that throws must not keep the others from hearing. */
const guarded = (tell: () => void): void => {
  try {
    tell()
  } catch (problem) {
    queueMicrotask(() => {
      throw problem
    })
  }
}
