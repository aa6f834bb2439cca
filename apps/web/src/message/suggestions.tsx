import { For, Show } from "solid-js"
import { Avatar } from "../ui/avatar.tsx"
import type { Completing, Suggestion } from "./completing.ts"

/** What the name that is being written can become; the field keeps the focus and its keys move the choice. */
const Suggestions = (props: { completing: Completing; onTake: (index: number) => void }) => (
  <div id="suggestions" class="suggestions" role="listbox" aria-label="Suggestions">
    <For each={props.completing.all()}>
      {(one, index) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the field moves the choice with arrow keys, Enter and Tab
        <div
          id={`suggestion-${index()}`}
          class="choice"
          role="option"
          tabIndex={-1}
          aria-selected={props.completing.chosen() === index()}
          onPointerMove={(event) => event.pointerType === "mouse" && props.completing.choose(index())}
          onPointerDown={(event) => event.preventDefault()}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => props.onTake(index())}
        >
          <Entry of={one} />
        </div>
      )}
    </For>
  </div>
)
export default Suggestions

const Entry = (props: { of: Suggestion }) => {
  const { of } = props
  if (of.kind === "emoji")
    return (
      <>
        <span class="suggestion-emoji emoji">{of.entry.emoji}</span>
        <span class="choice-topic">{of.entry.name}</span>
      </>
    )
  return (
    <>
      <Avatar id={of.person.id} name={of.person.name} size="small" />
      <span class="suggestion-name">{of.person.name}</span>
      <Show when={of.person.here}>
        <span class="tag">here</span>
      </Show>
    </>
  )
}
