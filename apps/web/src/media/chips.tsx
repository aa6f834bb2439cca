import { createSignal, For, Show } from "solid-js"
import { useScene } from "../context.ts"
import { Close, Picture } from "../ui/icons.tsx"
import { Undo } from "../ui/laterIcons.tsx"
import type { Attachment } from "./attachments.ts"

/** The images that wait in the composer. */
const Chips = () => {
  const { attachments } = useScene()
  return (
    <ul class="chips" aria-label="Images to send">
      <For each={attachments.all().map(({ id }) => id)}>
        {(id) => {
          const attachment = () => attachments.all().find((one) => one.id === id)
          return <Show when={attachment()}>{(one) => <Chip attachment={one()} />}</Show>
        }}
      </For>
    </ul>
  )
}
export default Chips

const Chip = (props: { attachment: Attachment }) => {
  const { attachments } = useScene()
  const [unseen, setUnseen] = createSignal(false)
  const name = () => props.attachment.file.name
  return (
    <li class="chip" classList={{ "chip-failed": props.attachment.problem !== null }}>
      <Show
        when={!unseen()}
        fallback={
          <span class="chip-unseen">
            <Picture size={20} />
          </span>
        }
      >
        <img src={props.attachment.preview} alt="" onError={() => setUnseen(true)} />
      </Show>
      <div class="chip-body">
        <span class="chip-name">{name()}</span>
        <Show
          when={props.attachment.problem === null}
          fallback={
            <span class="chip-problem" role="alert">
              {props.attachment.problem}
            </span>
          }
        >
          <Show when={props.attachment.stored === null} fallback={<AltText attachment={props.attachment} />}>
            <span class="chip-progress">
              <progress max="100" value={props.attachment.progress} aria-label={`Uploading ${name()}`} />
              {Math.round(props.attachment.progress)} %
            </span>
          </Show>
        </Show>
      </div>
      <Show when={props.attachment.problem !== null}>
        <button
          type="button"
          class="icon-button small"
          aria-label={`Try ${name()} again`}
          title="Try again"
          onClick={() => attachments.retry(props.attachment)}
        >
          <Undo size={16} />
        </button>
      </Show>
      <button
        type="button"
        class="icon-button small"
        aria-label={props.attachment.stored === null ? `Cancel ${name()}` : `Remove ${name()}`}
        onClick={() => attachments.remove(props.attachment)}
      >
        <Close size={16} />
      </button>
    </li>
  )
}

const AltText = (props: { attachment: Attachment }) => {
  const { attachments } = useScene()
  return (
    <input
      class="chip-alt"
      aria-label={`Description of ${props.attachment.file.name}`}
      placeholder="Describe it…"
      maxLength={1000}
      value={props.attachment.alt}
      onInput={(event) => attachments.describe(props.attachment.id, event.currentTarget.value)}
    />
  )
}
