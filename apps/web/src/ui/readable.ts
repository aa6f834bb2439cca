import type { Readable } from "@roomlog/client"
import { type Accessor, createSignal, onCleanup } from "solid-js"

/** A watched value as a signal of the running owner. */
export const fromReadable = <T>(readable: Readable<T>): Accessor<T> => {
  const [value, setValue] = createSignal<T>(readable.get())
  onCleanup(readable.watch((next) => setValue(() => next)))
  return value
}
