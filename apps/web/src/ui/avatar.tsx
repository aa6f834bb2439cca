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

/** One or two letters: of the first and the last word, or the first two of the only one. */
export const initials = (name: string): string => {
  const words = name.split(/[\s._-]+/u).filter((word) => word !== "")
  const letters = words.length > 1 ? [first(words[0]!), first(words.at(-1)!)] : [...(words[0] ?? "?")].slice(0, 2)
  return letters.join("").toUpperCase()
}

const first = (word: string): string => [...word][0] ?? ""

const hues = 10
const hue = (id: string): number => {
  let sum = 0
  for (const char of id) sum = (sum * 31 + char.charCodeAt(0)) >>> 0
  return sum % hues
}
