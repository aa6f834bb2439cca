import type { Profile } from "@roomlog/schemas"
import { useChat } from "../context.ts"
import { Avatar } from "../ui/avatar.tsx"
import { Leave } from "../ui/icons.tsx"
import { toastFailure } from "../ui/toasts.tsx"

/** Who I am here, and the way out. */
export const Me = (props: { me: Profile }) => {
  const { roomlog } = useChat()
  return (
    <div class="me">
      <Avatar id={props.me.id} name={props.me.name} />
      <span class="me-name">
        <b>{props.me.name}</b>
        <span>guest</span>
      </span>
      <button
        type="button"
        class="icon-button"
        aria-label="Sign out"
        title="Sign out"
        onClick={() => roomlog.signOut().catch(toastFailure)}
      >
        <Leave />
      </button>
    </div>
  )
}
