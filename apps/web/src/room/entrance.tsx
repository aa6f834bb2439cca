import type { Profile, RoomSummary } from "@roomlog/schemas"
import { createEffect, createMemo, createSignal, on, Show } from "solid-js"
import { useChat } from "../context.ts"
import { remember } from "../identity/remembered.ts"
import { attend } from "../push/attend.ts"
import { Menu } from "../ui/icons.tsx"
import { pageFocus } from "../ui/media.ts"
import { fromReadable } from "../ui/readable.ts"
import { addressOf } from "./address.ts"
import { Room } from "./room.tsx"

/** Goes into the room of the address, which opens when there is none of that name. */
export const Entrance = (props: { me: Profile; onRooms: () => void }) => {
  const { roomlog, rooms, address, go, openDialog } = useChat()
  const [entered, setEntered] = createSignal<RoomSummary | null>(null)
  const [problem, setProblem] = createSignal<string | null>(null)
  const wanted = createMemo(() => address().room)

  const enter = async (name: string) => {
    setProblem(null)
    const known = rooms().find((room) => room.name === name && room.role !== null)
    if (known !== undefined) return void setEntered(known)
    try {
      const room = await roomlog.rooms.enter(name, address().invitation ?? undefined)
      if (wanted() !== name) return
      setEntered(room)
      if (address().invitation !== null) go(addressOf(name, address().at), true)
    } catch (failure) {
      if (wanted() !== name) return
      setEntered(null)
      setProblem(failure instanceof Error ? failure.message : "The room could not be opened.")
    }
  }
  createEffect(
    on(wanted, (name) => {
      if (name === null) return void setEntered(null)
      remember("room", name)
      void enter(name)
    }),
  )
  const summary = createMemo(() => {
    const room = entered()
    return room === null ? null : (rooms().find((one) => one.room === room.room) ?? room)
  })
  // A room that is renamed keeps its readers and changes their address.
  createEffect(
    on(
      () => summary()?.name,
      (name, before) => {
        if (
          name !== undefined &&
          before !== undefined &&
          wanted() === before &&
          entered()?.name === before &&
          name !== before
        ) {
          setEntered(summary())
          go(addressOf(name), true)
        }
      },
    ),
  )
  const id = createMemo(() => summary()?.room)
  const focused = pageFocus()
  const connection = fromReadable(roomlog.connection)
  attend(
    roomlog.push,
    () => (focused() && summary()?.role != null ? (id() ?? null) : null),
    () => connection()._tag === "online",
  )
  return (
    <Show
      when={id()}
      keyed
      fallback={
        <main class="talk">
          <header class="room-header only-narrow">
            <button type="button" class="icon-button" aria-label="Rooms" onClick={() => props.onRooms()}>
              <Menu size={20} />
            </button>
          </header>
          <div class="blank">
            <Show
              when={problem()}
              fallback={<Show when={wanted() === null}>{<Welcome onNew={() => openDialog("new room")} />}</Show>}
            >
              {(says) => (
                <>
                  <h1>#{wanted()} did not open</h1>
                  <p role="alert">{says()}</p>
                  <button type="button" class="button" onClick={() => void enter(wanted() ?? "")}>
                    Try again
                  </button>
                </>
              )}
            </Show>
          </div>
        </main>
      }
    >
      {(_) => <Room summary={() => summary()!} me={props.me} onRooms={props.onRooms} />}
    </Show>
  )
}

const Welcome = (props: { onNew: () => void }) => (
  <>
    <h1>Choose a room</h1>
    <p>Pick one from the list, or open a new one.</p>
    <button type="button" class="button" onClick={() => props.onNew()}>
      New room
    </button>
  </>
)
