import { createSignal, onCleanup, Show } from "solid-js"
import { Picture } from "../ui/icons.tsx"

/** Takes files that are dropped anywhere on the page, and says so while they hover. */
export const Drop = (props: { onFiles: (files: ReadonlyArray<File>) => void }) => {
  const [over, setOver] = createSignal(false)
  let depth = 0
  const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false
  const on = (name: "dragenter" | "dragleave" | "dragover" | "drop", heard: (event: DragEvent) => void) => {
    const guarded = (event: DragEvent) => hasFiles(event) && heard(event)
    document.addEventListener(name, guarded)
    onCleanup(() => document.removeEventListener(name, guarded))
  }
  on("dragenter", () => setOver(++depth > 0))
  on("dragleave", () => setOver(--depth > 0))
  on("dragover", (event) => event.preventDefault())
  on("drop", (event) => {
    event.preventDefault()
    depth = 0
    setOver(false)
    props.onFiles([...(event.dataTransfer?.files ?? [])])
  })
  return (
    <Show when={over()}>
      <div class="drop" aria-hidden="true">
        <p>
          <Picture size={28} /> Drop images to add them
        </p>
      </div>
    </Show>
  )
}
