import { useScene } from "../context.ts"
import { Warning } from "../ui/icons.tsx"
import { toast } from "../ui/toasts.tsx"
import type { MessageRow } from "./rows.ts"

/** Under a message that could not be sent: why, and what can be done. */
export const Failure = (props: { row: MessageRow }) => {
  const { open } = useScene()
  const id = () => props.row.message.id
  const copy = () =>
    navigator.clipboard.writeText(props.row.message.text).then(
      () => toast({ text: "Copied." }),
      () => toast({ text: "The browser does not allow copying.", tone: "error" }),
    )
  return (
    <div class="failure" role="alert">
      <Warning size={15} />
      <span>{props.row.delivery?.problem ?? "This message could not be sent."}</span>
      <button type="button" class="text-button" onClick={() => open.retry(id())}>
        Retry
      </button>
      <button type="button" class="text-button" onClick={copy}>
        Copy
      </button>
      <button type="button" class="text-button" onClick={() => open.discard(id())}>
        Discard
      </button>
    </div>
  )
}
