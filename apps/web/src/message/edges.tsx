import { For } from "solid-js"
import { useScene } from "../context.ts"
import { dayName } from "../ui/time.ts"

/** Stands above the first message of a room. */
export const Beginning = () => {
  const { summary } = useScene()
  return (
    <div class="beginning">
      <h2>#{summary().name}</h2>
      <p>
        This is where the room begins, opened{" "}
        {dayName(summary().createdAt)
          .toLowerCase()
          .replace(/^(?!today|yesterday)/, "on ")}
        . Everything said here stays.
      </p>
    </div>
  )
}

/** Rows to come, while the first page is on its way. */
export const Loading = () => (
  <div class="loading" role="status">
    <span class="unseen">Loading messages</span>
    <For each={["wide", "full", "short", "middling", "wide"]}>
      {(width) => (
        <div class={`ghost ghost-${width}`}>
          <i />
          <div>
            <i />
            <i />
          </div>
        </div>
      )}
    </For>
  </div>
)
