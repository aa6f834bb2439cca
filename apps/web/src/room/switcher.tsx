import { createMemo, createSignal, For, Show } from "solid-js"
import { useChat } from "../context.ts"
import { Dialog } from "../ui/dialog.tsx"
import { Hash, Lock, Plus } from "../ui/icons.tsx"
import { addressOf, canonical } from "./address.ts"
import { matching } from "./matching.ts"

/** Goes to a room by a few letters of its name, or to a new one. */
const Switcher = (props: { onClose: () => void }) => {
  const { rooms, go } = useChat()
  const [query, setQuery] = createSignal("")
  const [at, setAt] = createSignal(0)
  let dialog!: HTMLDivElement
  const found = createMemo(() => matching(rooms(), query()).slice(0, 12))
  const name = () => canonical(query())
  const choices = createMemo(() => [
    ...found().map((room) => ({ key: room.room as string, name: room.name, room })),
    ...(name() === "" || found().some((room) => room.name === name())
      ? []
      : [{ key: "new", name: name(), room: null }]),
  ])
  const choose = (index: number) => {
    const choice = choices()[index]
    if (choice === undefined) return
    dialog.closest("dialog")?.close()
    go(addressOf(choice.name))
  }
  const pressed = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0
    if (step !== 0) {
      event.preventDefault()
      setAt((now) => (now + step + choices().length) % Math.max(1, choices().length))
    }
    if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault()
      choose(at())
    }
  }
  return (
    <Dialog title="Go to a room" class="switcher" bare onClose={props.onClose}>
      <div ref={dialog}>
        <input
          class="field"
          autofocus
          placeholder="Go to a room…"
          role="combobox"
          aria-label="Go to a room"
          aria-expanded="true"
          aria-controls="switcher-list"
          aria-activedescendant={choices()[at()] === undefined ? undefined : `switch-${choices()[at()]!.key}`}
          onInput={(event) => {
            setQuery(event.currentTarget.value)
            setAt(0)
          }}
          onKeyDown={pressed}
        />
        <div id="switcher-list" class="choices" role="listbox" aria-label="Rooms">
          <For each={choices()}>
            {(choice, index) => (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the field above moves the choice with arrow keys and Enter
              <div
                id={`switch-${choice.key}`}
                class="choice"
                role="option"
                tabIndex={-1}
                aria-selected={at() === index()}
                onPointerMove={() => setAt(index())}
                onClick={() => choose(index())}
              >
                <Show when={choice.room} fallback={<Plus size={15} />}>
                  {(room) => (room().visibility === "public" ? <Hash size={15} /> : <Lock size={15} />)}
                </Show>
                <span class="room-name">{choice.room === null ? `Open #${choice.name}` : choice.name}</span>
                <span class="choice-topic">{choice.room?.topic}</span>
                <Show when={(choice.room?.unread ?? 0) > 0}>
                  <span class="count">{choice.room?.unread}</span>
                </Show>
              </div>
            )}
          </For>
        </div>
      </div>
    </Dialog>
  )
}
export default Switcher
