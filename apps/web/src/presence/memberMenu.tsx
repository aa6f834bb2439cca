import type { Member, Profile } from "@roomlog/schemas"
import { For, Show } from "solid-js"
import { useChat, useScene } from "../context.ts"
import { Leave, People } from "../ui/icons.tsx"
import { Popover } from "../ui/popover.tsx"
import { toast, toastFailure } from "../ui/toasts.tsx"

type Role = Member["role"]
const titles = { owner: "Make owner", moderator: "Make moderator", member: "Make plain member" } as const

/** What an owner or a moderator can do about somebody. */
const MemberMenu = (props: {
  anchor: HTMLElement
  person: Profile
  role: Role
  onChange: () => void
  onClose: () => void
}) => {
  const { roomlog } = useChat()
  const { open, summary } = useScene()
  const act = (doing: () => Promise<void>, done: string) => () => {
    props.onClose()
    doing().then(() => {
      toast({ text: done })
      props.onChange()
    }, toastFailure)
  }
  const { id, name } = props.person
  return (
    <Popover anchor={props.anchor} label={name} role="menu" class="menu" onClose={props.onClose}>
      <Show when={summary().role === "owner"}>
        <For each={(["owner", "moderator", "member"] as const).filter((role) => role !== props.role)}>
          {(role) => (
            <button
              type="button"
              role="menuitem"
              onClick={act(() => roomlog.rooms.giveRole(open.room, id, role), `${name} is ${role} now.`)}
            >
              <People /> {titles[role]}
            </button>
          )}
        </For>
      </Show>
      <button
        type="button"
        role="menuitem"
        class="danger"
        onClick={act(() => roomlog.rooms.removeMember(open.room, id), `${name} was removed from the room.`)}
      >
        <Leave /> Remove from the room
      </button>
    </Popover>
  )
}
export default MemberMenu
