import { createMemo, createSignal, For, Show } from "solid-js"
import { Popover } from "../ui/popover.tsx"
import { emojiGroups, searchEmoji } from "./emoji.ts"

/** A small board of common emoji with a search field. */
const EmojiPicker = (props: { anchor: HTMLElement; onPick: (emoji: string) => void; onClose: () => void }) => {
  const [query, setQuery] = createSignal("")
  const found = createMemo(() => searchEmoji(query()))
  const button = ({ emoji, name }: { emoji: string; name: string }) => (
    <button type="button" class="emoji" title={name} aria-label={name} onClick={() => props.onPick(emoji)}>
      {emoji}
    </button>
  )
  return (
    <Popover anchor={props.anchor} label="Emoji" class="emoji-picker" onClose={props.onClose}>
      <input
        class="field"
        type="search"
        placeholder="Search emoji"
        aria-label="Search emoji"
        autofocus
        onInput={(event) => setQuery(event.currentTarget.value)}
        onKeyDown={(event) => {
          const best = found()[0]
          if (event.key === "Enter" && query() !== "" && best !== undefined) props.onPick(best.emoji)
        }}
      />
      <div class="emoji-board">
        <Show
          when={query().trim() === ""}
          fallback={
            <div class="emoji-grid">
              <For each={found()} fallback={<p class="soft">Nothing like that here.</p>}>
                {button}
              </For>
            </div>
          }
        >
          <For each={emojiGroups}>
            {(group) => (
              <>
                <h2>{group.title}</h2>
                <div class="emoji-grid">
                  <For each={group.emoji}>{button}</For>
                </div>
              </>
            )}
          </For>
        </Show>
      </div>
    </Popover>
  )
}
export default EmojiPicker
