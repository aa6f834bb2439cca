import { Dialog } from "../ui/dialog.tsx"
import { ThisDevice } from "./settings.tsx"

/** Notifications of the whole page; what each room may notify of is said in the room. */
const Notifications = (props: { onClose: () => void }) => (
  <Dialog title="Notifications" onClose={props.onClose}>
    <ThisDevice />
    <p class="soft dialog-note">What each room notifies you of stands in “About this room”.</p>
  </Dialog>
)
export default Notifications
