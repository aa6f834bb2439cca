import type { MessageView } from "@roomlog/schemas"
import { createSignal, For, Show } from "solid-js"
import { useScene } from "../context.ts"
import { toastFailure } from "../ui/toasts.tsx"
import { enumerated } from "./notices.ts"

/** Counted emoji under a message; a press adds mine or takes it back, resting on one tells who. */
export const Reactions = (props: { message: MessageView }) => (
  <ul class="reactions" aria-label="Reactions">
    <For each={props.message.reactions.map(({ emoji }) => emoji)}>
      {(emoji) => (
        <li>
          <Reaction message={props.message} emoji={emoji} />
        </li>
      )}
    </For>
  </ul>
)

const Reaction = (props: { message: MessageView; emoji: string }) => {
  const { open, state, me } = useScene()
  const [who, setWho] = createSignal<string | null>(null)
  const count = () => props.message.reactions.find(({ emoji }) => emoji === props.emoji)?.count ?? 0
  const mine = () => state().mine.get(props.message.id)?.has(props.emoji) ?? false
  const ask = async () => {
    const people = await open.reactors(props.message.id, props.emoji).catch(() => [])
    setWho(enumerated(people.map(({ id, name }) => (id === me.id ? "You" : name))) || null)
  }
  const toggle = () => {
    setWho(null)
    open.toggleReaction(props.message.id, props.emoji).catch(toastFailure)
  }
  return (
    <button
      type="button"
      class="reaction"
      aria-pressed={mine()}
      aria-label={`${props.emoji}, ${count()}${who() === null ? "" : `, ${who()}`}`}
      onClick={toggle}
      onPointerEnter={ask}
      onPointerLeave={() => setWho(null)}
      onFocus={ask}
      onBlur={() => setWho(null)}
    >
      <span class="emoji">{props.emoji}</span> {count()}
      <Show when={who()}>{(names) => <span class="tip">{names()}</span>}</Show>
    </button>
  )
}
