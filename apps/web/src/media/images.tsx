import type { Image } from "@roomlog/schemas"
import { mediaPath } from "@roomlog/schemas/paths"
import { createSignal, For, Show } from "solid-js"
import { useScene } from "../context.ts"
import { fitted } from "./fitted.ts"

/** The images of a message; each keeps its place before it is loaded. */
export const Images = (props: { images: ReadonlyArray<Image> }) => (
  <div class="images" classList={{ "images-many": props.images.length > 1 }}>
    <For each={props.images}>{(image) => <Thumb image={image} alone={props.images.length === 1} />}</For>
  </div>
)

const Thumb = (props: { image: Image; alone: boolean }) => {
  const { showImage } = useScene()
  const [lost, setLost] = createSignal(false)
  const box = () => fitted(props.image, props.alone ? { width: 420, height: 320 } : { width: 320, height: 180 })
  return (
    <button
      type="button"
      class="thumb"
      style={{ width: `${box().width}px`, "aspect-ratio": `${box().width} / ${box().height}` }}
      aria-label={props.image.alt === "" ? "Open image" : `Open image: ${props.image.alt}`}
      onClick={() => showImage(props.image.key)}
    >
      <Show
        when={!lost()}
        fallback={<span class="thumb-lost">{props.image.alt || "This image could not be loaded."}</span>}
      >
        <img
          src={mediaPath(props.image.key)}
          alt={props.image.alt}
          width={props.image.width}
          height={props.image.height}
          loading="lazy"
          decoding="async"
          onError={() => setLost(true)}
        />
      </Show>
    </button>
  )
}
