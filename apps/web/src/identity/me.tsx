import type { Profile } from "@roomlog/schemas"
import { useChat } from "../context.ts"
import { isAnyWished } from "../push/wish.ts"
import { Avatar } from "../ui/avatar.tsx"
import { Bell, Leave } from "../ui/icons.tsx"
import { toastFailure } from "../ui/toasts.tsx"

/** Who I am here, and the way out. */
export const Me = (props: { me: Profile }) => {
  const { roomlog, openDialog } = useChat()
  /** Whoever leaves takes their notifications off this device. */
  const leave = async () => {
    if (isAnyWished()) await import("../push/device.ts").then(({ turnOff }) => turnOff(roomlog.push))
    await roomlog.signOut().catch(toastFailure)
  }
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
        aria-label="Notifications"
        title="Notifications"
        onClick={() => openDialog("notifications")}
      >
        <Bell />
      </button>
      <button type="button" class="icon-button" aria-label="Sign out" title="Sign out" onClick={leave}>
        <Leave />
      </button>
    </div>
  )
}
