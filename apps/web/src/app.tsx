import type { Roomlog } from "@roomlog/client"
import type { Profile } from "@roomlog/schemas"
import { createEffect, createSignal, on, onCleanup, onMount, Show } from "solid-js"
import { type Chat, ChatContext } from "./context.ts"
import { Me } from "./identity/me.tsx"
import { remembered } from "./identity/remembered.ts"
import { onOpened } from "./push/opened.ts"
import { isWished } from "./push/wish.ts"
import { addressOf, readAddress } from "./room/address.ts"
import { Entrance } from "./room/entrance.tsx"
import { listed, neighbour, titleOf } from "./room/order.ts"
import { Rooms } from "./room/rooms.tsx"
import { makeEscapes, shortcut } from "./ui/keys.ts"
import { later } from "./ui/later.tsx"
import { fromReadable } from "./ui/readable.ts"
import { Toasts } from "./ui/toasts.tsx"

const Arrive = later(() => import("./identity/arrive.tsx"))
const Switcher = later(() => import("./room/switcher.tsx"))
const NewRoom = later(() => import("./room/newRoom.tsx"))
const Keys = later(() => import("./room/keysDialog.tsx"))
const Notifications = later(() => import("./push/notifications.tsx"))

/** The whole page: the arriving screen for strangers, the chat for everybody else. */
export const App = (props: { roomlog: Roomlog }) => {
  const { roomlog } = props
  const me = fromReadable(roomlog.me)
  const rooms = fromReadable(roomlog.rooms.list)
  const [known, setKnown] = createSignal(me() !== null)
  const [address, setAddress] = createSignal(readAddress(location.pathname, location.search))
  const [dialog, setDialog] = createSignal<Parameters<Chat["openDialog"]>[0]>(null)
  const escapes = makeEscapes()

  const moved = () => setAddress(readAddress(location.pathname, location.search))
  const go = (path: string, replace = false) => {
    if (replace) history.replaceState(null, "", path)
    else history.pushState(null, "", path)
    moved()
  }
  const pressed = (event: KeyboardEvent) => {
    if (
      event.key === "Escape" &&
      !event.isComposing &&
      document.querySelector("dialog[open], :popover-open") === null
    ) {
      if (escapes.press()) event.preventDefault()
      return
    }
    const wish = me() === null ? null : shortcut(event)
    if (wish === null) return
    event.preventDefault()
    if (wish === "switch") return void setDialog("switcher")
    if (wish === "keys") return void setDialog("keys")
    const next = neighbour(rooms(), address().room, { down: wish.endsWith("elow"), unread: wish.startsWith("unread") })
    if (next !== undefined) go(addressOf(next.name))
  }
  onMount(() => {
    window.addEventListener("popstate", moved)
    document.addEventListener("keydown", pressed)
    onCleanup(() => {
      window.removeEventListener("popstate", moved)
      document.removeEventListener("keydown", pressed)
    })
    onCleanup(onOpened(go))
    roomlog
      .resume()
      .catch(() => null)
      .finally(() => setKnown(true))
  })
  createEffect(() => showInTitle(titleOf(me() === null ? [] : rooms(), address().room)))
  // Whoever is known already goes on where they were.
  createEffect(
    on([me, known], ([profile]) => {
      if (profile === null) return
      const last = address().room === null ? remembered("room") : ""
      roomlog.rooms.refresh().then(
        (all) => {
          const target = all.find(({ name, role }) => name === last && role !== null) ?? listed(all)[0]
          if (address().room === null && target !== undefined) go(addressOf(target.name), true)
        },
        () => {},
      )
    }),
  )

  const chat: Chat = { roomlog, rooms, address, go, escapes, openDialog: setDialog }
  return (
    <ChatContext.Provider value={chat}>
      <Show when={me()} fallback={<Show when={known()}>{<Arrive />}</Show>}>
        {(profile) => <Shell me={profile()} />}
      </Show>
      <Show when={dialog() === "switcher"}>
        <Switcher onClose={() => setDialog(null)} />
      </Show>
      <Show when={dialog() === "new room"}>
        <NewRoom onClose={() => setDialog(null)} />
      </Show>
      <Show when={dialog() === "keys"}>
        <Keys onClose={() => setDialog(null)} />
      </Show>
      <Show when={dialog() === "notifications"}>
        <Notifications onClose={() => setDialog(null)} />
      </Show>
      <Toasts />
    </ChatContext.Provider>
  )

  function Shell(shell: { me: Profile }) {
    const [drawer, setDrawer] = createSignal(false)
    if (isWished(shell.me.id)) void import("./push/device.ts").then(({ look }) => look(roomlog.push, shell.me.id))
    onCleanup(
      escapes.on("panel", () => {
        const was = drawer()
        setDrawer(false)
        return was
      }),
    )
    return (
      <div class="app" classList={{ "drawer-open": drawer() }}>
        <Rooms onChosen={() => setDrawer(false)}>
          <Me me={shell.me} />
        </Rooms>
        <button
          type="button"
          class="veil"
          tabIndex={-1}
          aria-label="Close the room list"
          onClick={() => setDrawer(false)}
        />
        <Entrance me={shell.me} onRooms={() => setDrawer(true)} />
      </div>
    )
  }
}

const showInTitle = (title: string): void => {
  document.title = title
  const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]')
  const href = title.startsWith("(") ? "/favicon-new.svg" : "/favicon.svg"
  if (icon !== null && icon.getAttribute("href") !== href) icon.setAttribute("href", href)
}
