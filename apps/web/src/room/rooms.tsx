import type { RoomSummary } from "@roomlog/schemas"
import { For, type JSX, Show } from "solid-js"
import { useChat } from "../context.ts"
import { Hash, Lock, Plus, Search } from "../ui/icons.tsx"
import { addressOf } from "./address.ts"
import { byName } from "./order.ts"

/** The room list with what is unread, and the ways to find and to open rooms. */
export const Rooms = (props: { children: JSX.Element; onChosen: () => void }) => {
  const { rooms, openDialog } = useChat()
  const mine = () => byName(rooms().filter(({ role }) => role !== null))
  const others = () => byName(rooms().filter(({ role }) => role === null))
  return (
    <nav class="rooms" aria-label="Rooms">
      <div class="brand">
        <img src="/favicon.svg" alt="" width="20" height="20" /> Roomlog
      </div>
      <button type="button" class="find" onClick={() => openDialog("switcher")}>
        <Search size={15} /> <span>Find a room</span> <kbd>{/Mac|iP/.test(navigator.platform) ? "⌘" : "Ctrl"} K</kbd>
      </button>
      <div class="rooms-lists">
        <div class="rooms-head">
          <h2>Rooms</h2>
          <button
            type="button"
            class="icon-button small"
            aria-label="New room"
            title="New room"
            onClick={() => openDialog("new room")}
          >
            <Plus size={16} />
          </button>
        </div>
        <List rooms={mine()} onChosen={props.onChosen} />
        <Show when={mine().length === 0}>
          <p class="soft rooms-none">You are in no room yet.</p>
        </Show>
        <Show when={others().length > 0}>
          <h2>Open to all</h2>
          <List rooms={others()} onChosen={props.onChosen} />
        </Show>
      </div>
      {props.children}
    </nav>
  )
}

const List = (props: { rooms: ReadonlyArray<RoomSummary>; onChosen: () => void }) => (
  <ul>
    <For each={props.rooms.map(({ room }) => room)}>
      {(id) => {
        const found = () => props.rooms.find(({ room }) => room === id)
        return <Show when={found()}>{(room) => <Item room={room()} onChosen={props.onChosen} />}</Show>
      }}
    </For>
  </ul>
)

const Item = (props: { room: RoomSummary; onChosen: () => void }) => {
  const { address, go } = useChat()
  const isOpen = () => address().room === props.room.name
  const follow = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return
    event.preventDefault()
    go(addressOf(props.room.name))
    props.onChosen()
  }
  return (
    <li>
      <a
        class="room"
        classList={{ unread: props.room.unread > 0 && !isOpen() }}
        href={addressOf(props.room.name)}
        aria-current={isOpen() ? "page" : undefined}
        onClick={follow}
      >
        <Show when={props.room.visibility === "public"} fallback={<Lock size={15} />}>
          <Hash size={15} />
        </Show>
        <span class="room-name">{props.room.name}</span>
        <Show when={props.room.unread > 0 && !isOpen()}>
          <span class="count">
            {shortCount(props.room.unread)}
            <span class="unseen"> unread</span>
          </span>
        </Show>
      </a>
    </li>
  )
}

const shortCount = (count: number): string => (count >= 1_000 ? "999+" : String(count))
