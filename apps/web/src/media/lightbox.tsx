import type { Image, MessageId } from "@roomlog/schemas"
import { mediaPath } from "@roomlog/schemas/paths"
import { createMemo, createSignal, Show } from "solid-js"
import { Dialog } from "../ui/dialog.tsx"
import { Close } from "../ui/icons.tsx"
import { Download, Left, Right } from "../ui/laterIcons.tsx"
import { sourcesOf, whyLost } from "./sources.ts"

/** What holds images: a message that stands there, or one on its way. */
export interface Holder {
  readonly message: MessageId
  readonly removed: boolean
  readonly images: ReadonlyArray<Image>
}

/** One image large, with its neighbours an arrow key away. It stays the same one whatever else comes or goes, and goes with its message. */
const Lightbox = (props: { holders: ReadonlyArray<Holder>; start: string; onClose: () => void }) => {
  const [key, setKey] = createSignal(props.start)
  const images = createMemo(() =>
    props.holders.flatMap(({ message, images }) => images.map((image) => ({ message, image }))),
  )
  const at = createMemo(() => images().findIndex(({ image }) => image.key === key()))
  const shown = createMemo<{ message: MessageId; image: Image } | undefined>((before) => images()[at()] ?? before)
  const isRemoved = () => props.holders.some(({ message, removed }) => removed && message === shown()?.message)
  const image = createMemo(() => (isRemoved() ? undefined : shown()?.image), undefined, { equals: isSameImage })
  const step = (by: number) => {
    const next = images()[at() + by]
    if (at() >= 0 && next !== undefined) setKey(next.image.key)
  }
  const pressed = (event: KeyboardEvent) => {
    if (event.key === "ArrowLeft") step(-1)
    if (event.key === "ArrowRight") step(1)
  }
  const close = (event: MouseEvent & { currentTarget: HTMLElement }) => event.currentTarget.closest("dialog")?.close()
  return (
    <Dialog title="Image" class="lightbox" bare onClose={props.onClose}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: arrow keys anywhere in the dialog turn the pages */}
      <div class="lightbox-stage" onKeyDown={pressed}>
        <Show when={image()} keyed fallback={<Words says="This image was removed." />}>
          {(one) => <Whole image={one} />}
        </Show>
        <div class="lightbox-bar">
          <p class="lightbox-alt">{image()?.alt || "No description"}</p>
          <Show when={at() >= 0 && images().length > 1}>
            <span class="lightbox-count" aria-live="polite">
              {at() + 1} of {images().length}
            </span>
          </Show>
          <Show when={image()}>
            {(one) => (
              <a
                class="icon-button"
                href={mediaPath(one().key)}
                download={one().key}
                aria-label="Download"
                title="Download"
              >
                <Download />
              </a>
            )}
          </Show>
          <button type="button" class="icon-button" aria-label="Close" title="Close" onClick={close} autofocus>
            <Close />
          </button>
        </div>
        <Show when={at() > 0}>
          <button type="button" class="icon-button lightbox-prev" aria-label="Previous image" onClick={() => step(-1)}>
            <Left size={24} />
          </button>
        </Show>
        <Show when={at() >= 0 && at() < images().length - 1}>
          <button type="button" class="icon-button lightbox-next" aria-label="Next image" onClick={() => step(1)}>
            <Right size={24} />
          </button>
        </Show>
      </div>
    </Dialog>
  )
}
export default Lightbox

const isSameImage = (one: Image | undefined, other: Image | undefined): boolean => one?.key === other?.key

/** The whole picture; what is known of it already stands there until it has come. */
const Whole = (props: { image: Image }) => {
  const [lost, setLost] = createSignal<"gone" | "unreachable" | null>(null)
  const [loaded, setLoaded] = createSignal(false)
  const size = { width: props.image.width, height: props.image.height }
  const failed = async () => setLost(await whyLost(props.image))
  return (
    <Show
      when={lost() === null}
      fallback={<Words says={wordsOf[lost()!]} onRetry={lost() === "gone" ? undefined : () => setLost(null)} />}
    >
      <div class="lightbox-picture" aria-busy={!loaded()}>
        <Show when={!loaded()}>
          <img
            class="lightbox-before"
            src={sourcesOf(props.image, true)[0]}
            alt=""
            width={size.width}
            height={size.height}
          />
        </Show>
        <img
          src={mediaPath(props.image.key)}
          alt={props.image.alt}
          width={size.width}
          height={size.height}
          classList={{ loading: !loaded() }}
          onLoad={() => setLoaded(true)}
          onError={failed}
        />
      </div>
    </Show>
  )
}

const wordsOf = {
  gone: "This image is not there any more.",
  unreachable: "This image did not load.",
} as const

const Words = (props: { says: string; onRetry?: (() => void) | undefined }) => (
  <div class="lightbox-words" role="status">
    <p>{props.says}</p>
    <Show when={props.onRetry}>
      {(retry) => (
        <button type="button" class="button quiet" onClick={() => retry()()}>
          Try again
        </button>
      )}
    </Show>
  </div>
)
