import { type Component, createEffect, createSignal, onCleanup, Show } from "solid-js"
import look from "../styles/later.css?url"

/** How often a part that is shown is asked for again while it does not come, in milliseconds. */
const patience = 2_000

/** A part of the page that comes when it is first shown, or before by `loadTheRest`. Until then nothing stands in its place. */
export const later = <Props extends object>(load: () => Promise<Loaded<Props>>): Component<Props> => {
  const [loaded, setLoaded] = createSignal<Component<Props>>()
  const come = async () => {
    // First, because it can be asked for again: browsers keep it in mind when an import has failed.
    await styled()
    const { default: part } = await load()
    rest.delete(ask)
    setLoaded(() => part)
  }
  const ask = () => void come().catch(() => {})
  rest.add(ask)
  return (props) => {
    createEffect(() => {
      if (loaded() !== undefined) return
      ask()
      const again = setInterval(ask, patience)
      onCleanup(() => clearInterval(again))
    })
    return (
      <Show when={loaded()} keyed>
        {(Part) => <Part {...props} />}
      </Show>
    )
  }
}

/** Loads everything that comes later and is not there yet, so that it is there at once when it is asked for, also without the server. */
export const loadTheRest = (): void => {
  for (const ask of rest) ask()
}

const rest = new Set<() => void>()

interface Loaded<Props extends object> {
  readonly default: Component<Props>
}

/** The stylesheet of all that comes later. */
const styled = (): Promise<unknown> => {
  styling ??= linked(look).catch((problem: unknown) => {
    styling = undefined
    throw problem
  })
  return styling
}

let styling: Promise<unknown> | undefined

const linked = (href: string): Promise<unknown> =>
  new Promise((done, failed) => {
    const link = document.createElement("link")
    link.rel = "stylesheet"
    link.href = href
    link.onload = done
    link.onerror = () => {
      link.remove()
      failed(new Error("The styles did not come."))
    }
    document.head.append(link)
  })
