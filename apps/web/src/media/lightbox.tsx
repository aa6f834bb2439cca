import type { Image } from "@roomlog/schemas"
import { mediaPath } from "@roomlog/schemas/paths"
import { createSignal, Show } from "solid-js"
import { Dialog } from "../ui/dialog.tsx"
import { Close, Download, Left, Right } from "../ui/icons.tsx"

/** One image large, with its neighbours an arrow key away. */
const Lightbox = (props: { images: ReadonlyArray<Image>; start: string; onClose: () => void }) => {
  const [at, setAt] = createSignal(
    Math.max(
      0,
      props.images.findIndex(({ key }) => key === props.start),
    ),
  )
  const image = () => props.images[at()]!
  const step = (by: number) => setAt((now) => Math.max(0, Math.min(props.images.length - 1, now + by)))
  const pressed = (event: KeyboardEvent) => {
    if (event.key === "ArrowLeft") step(-1)
    if (event.key === "ArrowRight") step(1)
  }
  const close = (event: MouseEvent & { currentTarget: HTMLElement }) => event.currentTarget.closest("dialog")?.close()
  return (
    <Dialog title="Image" class="lightbox" bare onClose={props.onClose}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: arrow keys anywhere in the dialog turn the pages */}
      <div class="lightbox-stage" onKeyDown={pressed}>
        <img src={mediaPath(image().key)} alt={image().alt} width={image().width} height={image().height} />
        <div class="lightbox-bar">
          <p class="lightbox-alt">{image().alt || "No description"}</p>
          <Show when={props.images.length > 1}>
            <span class="lightbox-count" aria-live="polite">
              {at() + 1} of {props.images.length}
            </span>
          </Show>
          <a
            class="icon-button"
            href={mediaPath(image().key)}
            download={image().key}
            aria-label="Download"
            title="Download"
          >
            <Download />
          </a>
          <button type="button" class="icon-button" aria-label="Close" title="Close" onClick={close} autofocus>
            <Close />
          </button>
        </div>
        <Show when={at() > 0}>
          <button type="button" class="icon-button lightbox-prev" aria-label="Previous image" onClick={() => step(-1)}>
            <Left size={24} />
          </button>
        </Show>
        <Show when={at() < props.images.length - 1}>
          <button type="button" class="icon-button lightbox-next" aria-label="Next image" onClick={() => step(1)}>
            <Right size={24} />
          </button>
        </Show>
      </div>
    </Dialog>
  )
}
export default Lightbox
