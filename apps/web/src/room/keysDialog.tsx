import { For } from "solid-js"
import { Dialog } from "../ui/dialog.tsx"

const keys = [
  ["Ctrl K", "Go to a room"],
  ["Alt ↑ ↓", "The room above, below"],
  ["Alt Shift ↑ ↓", "The next room with something new"],
  ["Enter", "Send"],
  ["Shift Enter", "A new line"],
  ["↑", "Correct your last message, in an empty field"],
  ["Page Up, Page Down", "Scroll while writing"],
  ["Esc", "Close, cancel, or go to the newest message"],
  ["Ctrl /", "This list"],
] as const

/** Every key that does something. */
const Keys = (props: { onClose: () => void }) => (
  <Dialog title="Keyboard" onClose={props.onClose}>
    <dl class="keys">
      <For each={keys}>
        {([key, does]) => (
          <div>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        )}
      </For>
    </dl>
  </Dialog>
)
export default Keys
