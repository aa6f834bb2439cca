import { Show } from "solid-js"
import { useChat, useScene } from "../context.ts"
import { ConnectionDot } from "../presence/connection.tsx"
import { Hash, Lock, Menu, People, Sliders } from "../ui/icons.tsx"
import { fromReadable } from "../ui/readable.ts"

/** Name and topic of the open room, the state of the connection, and the ways to its lists. */
export const Header = (props: {
  peopleShown: boolean
  onRooms: () => void
  onPeople: () => void
  onDetails: () => void
}) => {
  const { roomlog, rooms } = useChat()
  const { summary, state, open } = useScene()
  const connection = fromReadable(roomlog.connection)
  const elsewhere = () => rooms().some(({ room, role, unread }) => room !== open.room && role !== null && unread > 0)
  return (
    <header class="room-header">
      <button
        type="button"
        class="icon-button only-narrow"
        classList={{ news: elsewhere() }}
        aria-label="Rooms"
        onClick={() => props.onRooms()}
      >
        <Menu size={20} />
      </button>
      <h1>
        <Show when={summary().visibility === "public"} fallback={<Lock size={17} />}>
          <Hash size={17} />
        </Show>
        <span>{summary().name}</span>
      </h1>
      <ConnectionDot connection={connection()} />
      <p class="topic" title={summary().topic}>
        {summary().topic}
      </p>
      <button
        type="button"
        class="icon-button people-button"
        aria-label={`People, ${state().here.length} here`}
        aria-expanded={props.peopleShown}
        title="People"
        onClick={() => props.onPeople()}
      >
        <People size={20} />
        <span class="people-count">{state().here.length}</span>
      </button>
      <button
        type="button"
        class="icon-button"
        aria-label="About this room"
        title="About this room"
        onClick={() => props.onDetails()}
      >
        <Sliders size={20} />
      </button>
    </header>
  )
}
