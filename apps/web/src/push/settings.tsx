import type { Notify, RoomId } from "@roomlog/schemas"
import { createSignal, For, onMount, Show } from "solid-js"
import { useChat } from "../context.ts"
import { toastFailure } from "../ui/toasts.tsx"
import { type Device, device, look, turnOff, turnOn } from "./device.ts"

/** What somebody wants to be notified of in one room. */
export const RoomRule = (props: { room: RoomId }) => {
  const { roomlog } = useChat()
  const [rule, setRule] = createSignal<Notify | null>(null)
  const [unread, setUnread] = createSignal(false)
  const [saving, setSaving] = createSignal(0)
  const read = () => {
    setUnread(false)
    roomlog.push.rules().then(
      (all) => setRule(all.find(({ room }) => room === props.room)?.notify ?? "mentions"),
      () => setUnread(true),
    )
  }
  const choose = (notify: Notify) => {
    const before = rule()
    setRule(notify)
    setSaving((now) => now + 1)
    roomlog.push
      .setRule(props.room, notify)
      .catch((failure) => {
        setRule(before)
        toastFailure(failure, () => choose(notify))
      })
      .finally(() => setSaving((now) => now - 1))
  }
  onMount(read)
  return (
    <fieldset class="options notify" aria-busy={saving() > 0 || (rule() === null && !unread())}>
      <legend>Notify me of</legend>
      <Show
        when={!unread()}
        fallback={
          <p class="problem" role="alert">
            Your choice could not be read.
            <button type="button" class="text-button" onClick={read}>
              Try again
            </button>
          </p>
        }
      >
        <For each={choices}>
          {({ notify, title, says }) => (
            <label class="option">
              <input
                type="radio"
                name="notify"
                checked={rule() === notify}
                disabled={rule() === null}
                onChange={() => choose(notify)}
              />
              <span>
                <b>{title}</b>
                <span class="soft">{says}</span>
              </span>
            </label>
          )}
        </For>
      </Show>
    </fieldset>
  )
}

const choices: ReadonlyArray<{ readonly notify: Notify; readonly title: string; readonly says: string }> = [
  { notify: "all", title: "Every message", says: "Whatever is written while you are elsewhere" },
  { notify: "mentions", title: "Mentions and replies", says: "When somebody means you" },
  { notify: "none", title: "Nothing", says: "The room list still counts what is new" },
]

/** Whether this device notifies, in words, with the one thing that can be done about it. */
export const ThisDevice = () => {
  const { roomlog } = useChat()
  const me = () => roomlog.me.get()?.id ?? ""
  onMount(() => device()._tag !== "on" && void look(roomlog.push, me()))
  const toggle = () => (device()._tag === "on" ? turnOff(roomlog.push) : turnOn(roomlog.push, me()))
  const canAct = () => ["off", "on", "failed", "working"].includes(device()._tag)
  return (
    <div class="this-device">
      <p id="this-device-state" role="status">
        <b>{titleOf(device())}</b>
        <span class="soft">{wordsOf(device())}</span>
      </p>
      <Show when={canAct()}>
        <button
          type="button"
          class="button"
          classList={{ quiet: device()._tag === "on" }}
          aria-describedby="this-device-state"
          aria-disabled={device()._tag === "working"}
          onClick={() => device()._tag !== "working" && void toggle()}
        >
          {acts[device()._tag] ?? "Notify this device"}
        </button>
      </Show>
    </div>
  )
}

const titleOf = ({ _tag }: Device): string => titles[_tag] ?? "This device is quiet"

const titles: Partial<Record<Device["_tag"], string>> = {
  on: "This device notifies you",
  failed: "That did not work",
  working: "Just a moment",
}

const acts: Partial<Record<Device["_tag"], string>> = {
  on: "Turn off",
  failed: "Try again",
  working: "One moment…",
}

const wordsOf = (now: Device): string => (now._tag === "failed" ? now.why : words[now._tag])

const words: Readonly<Record<Exclude<Device["_tag"], "failed">, string>> = {
  insecure: "Notifications need a safe connection: open Roomlog at an address that begins with https://.",
  unsupported: "This browser cannot show notifications. A current Firefox, Chrome, Edge or Safari can.",
  needsHomeScreen:
    "Here this works from the home screen: choose Share, then Add to Home Screen, and open Roomlog there.",
  blocked:
    "Notifications are blocked for this page. Allow them in the browser's settings of this page, then come back.",
  off: "Be told of what is meant for you, also when Roomlog is closed.",
  working: "Asking the browser…",
  on: "It does so when you are not looking at the room.",
}
