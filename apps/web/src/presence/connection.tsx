import type { Connection } from "@roomlog/client"
import { type Accessor, createEffect, createSignal, onCleanup, Show } from "solid-js"
import { Warning } from "../ui/icons.tsx"

/** How long the server may be gone before that is said aloud, in milliseconds. */
const patience = 5_000

const words = {
  connecting: "Connecting",
  online: "Connected",
  waiting: "Not connected",
  closed: "Disconnected",
} as const

/** A quiet sign of the connection. */
export const ConnectionDot = (props: { connection: Connection }) => (
  <span
    class={`dot dot-${props.connection._tag}`}
    role="img"
    aria-label={words[props.connection._tag]}
    title={words[props.connection._tag]}
  />
)

/** After some seconds without the server: what is wrong and what is being done about it. */
export const ConnectionBanner = (props: { connection: Accessor<Connection> }) => {
  const [late, setLate] = createSignal(false)
  const [now, setNow] = createSignal(Date.now())
  const isAway = () => props.connection()._tag !== "online"
  createEffect(() => {
    if (!isAway()) return void setLate(false)
    const waiting = setTimeout(setLate, patience, true)
    const ticking = setInterval(() => setNow(Date.now()), 1_000)
    onCleanup(() => {
      clearTimeout(waiting)
      clearInterval(ticking)
    })
  })
  const next = () => {
    const connection = props.connection()
    if (connection._tag !== "waiting") return "Trying to reach it…"
    const seconds = Math.ceil((connection.retryAt - now()) / 1_000)
    return seconds > 0 ? `Next try in ${seconds} s.` : "Trying now…"
  }
  return (
    <Show when={late() && isAway()}>
      <div class="banner" role="status">
        <Warning size={16} />
        <span>
          <b>The server cannot be reached.</b> What you write is kept and sent later.{" "}
          <span aria-live="off">{next()}</span>
        </span>
      </div>
    </Show>
  )
}
