import { initials } from "./initials.ts"

/** A person's initials on a colour that stays theirs. Decoration: the name stands beside it. */
export const Avatar = (props: { id: string; name: string; size?: "small" }) => (
  <span
    class="avatar"
    classList={{ "avatar-small": props.size === "small" }}
    data-hue={hue(props.id)}
    aria-hidden="true"
  >
    {initials(props.name)}
  </span>
)

const hues = 10
const hue = (id: string): number => {
  let sum = 0
  for (const char of id) sum = (sum * 31 + char.charCodeAt(0)) >>> 0
  return sum % hues
}
