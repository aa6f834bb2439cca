import type { Image } from "@roomlog/schemas"
import { createSignal, For, Show } from "solid-js"
import { useScene } from "../context.ts"
import { matches } from "../ui/media.ts"
import { fitted } from "./fitted.ts"
import { sourcesOf, whyLost } from "./sources.ts"

/** The images of a message; each keeps its place before it is loaded. */
export const Images = (props: { images: ReadonlyArray<Image> }) => (
  <div class="images" classList={{ "images-many": props.images.length > 1 }}>
    <For each={props.images}>{(image) => <Thumb image={image} alone={props.images.length === 1} />}</For>
  </div>
)

const Thumb = (props: { image: Image; alone: boolean }) => {
  const { showImage } = useScene()
  const calm = matches("(prefers-reduced-motion: reduce)")
  const [attempt, setAttempt] = createSignal(0)
  const [loaded, setLoaded] = createSignal(false)
  const [lost, setLost] = createSignal<"gone" | "unreachable" | null>(null)
  const box = () => fitted(props.image, props.alone ? { width: 420, height: 320 } : { width: 320, height: 180 })
  const sources = () => sourcesOf(props.image, calm())
  const failed = async () => {
    if (attempt() + 1 < sources().length) return void setAttempt(attempt() + 1)
    setLost(await whyLost(props.image))
  }
  const pressed = () => {
    if (lost() === null) return showImage(props.image.key)
    setAttempt(0)
    setLost(null)
  }
  return (
    <button
      type="button"
      class="thumb"
      classList={{ "thumb-lost": lost() !== null }}
      style={{
        width: `${box().width}px`,
        "aspect-ratio": `${box().width} / ${box().height}`,
        "background-image": behind(loaded() || lost() !== null ? undefined : props.image.placeholder),
      }}
      aria-label={lost() === null ? nameOf(props.image) : undefined}
      aria-disabled={lost() === "gone"}
      onClick={() => lost() !== "gone" && pressed()}
    >
      <Show when={lost() === null} fallback={<Lost image={props.image} gone={lost() === "gone"} />}>
        <img
          src={sources()[attempt()] ?? sources()[0]!}
          alt={props.image.alt}
          width={props.image.width}
          height={props.image.height}
          loading="lazy"
          decoding="async"
          classList={{ loaded: loaded() }}
          onLoad={() => setLoaded(true)}
          onError={failed}
        />
      </Show>
    </button>
  )
}

/** What stands in the place of an image that did not come. */
const Lost = (props: { image: Image; gone: boolean }) => (
  <span class="thumb-words">
    <Show when={props.image.alt}>
      <b>{props.image.alt}</b>
    </Show>
    <span>{props.gone ? "This image is not there any more." : "This image did not load. Press to try again."}</span>
  </span>
)

const nameOf = ({ alt }: Image): string => (alt === "" ? "Open image" : `Open image: ${alt}`)

const behind = (placeholder: string | undefined): string =>
  placeholder === undefined ? "none" : `url("${placeholder}")`
