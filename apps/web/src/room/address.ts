/** What the address bar says. */
export interface Address {
  /** Null on the front page. */
  readonly room: string | null
  /** A message to stand at. */
  readonly at: number | null
  readonly invitation: string | null
}

/** Reads `/`, `/chat/<room>/`, `/chat/<room>/@<seq>` (or `?at=<seq>`) and `?invitation=<code>`. */
export const readAddress = (pathname: string, search: string): Address => {
  const found = /^\/chat\/([^/]+)(?:\/@(\d{1,15}))?\/?$/.exec(pathname)
  const asked = new URLSearchParams(search)
  const invitation = asked.get("invitation")
  if (found === null) return { room: null, at: null, invitation }
  const at = /^\d{1,15}$/.exec(found[2] ?? asked.get("at") ?? "")?.[0]
  return { room: decoded(found[1]!), at: at === undefined ? null : Number(at), invitation }
}

/** Where a room, or a message in it, is found. */
export const addressOf = (room: string, at: number | null = null): string =>
  `/chat/${encodeURIComponent(room)}/${at === null ? "" : `@${at}`}`

/** A room's name as it stands in its address. */
export const canonical = (name: string): string =>
  name
    .normalize("NFKC")
    .toLowerCase()
    .trim()
    .replace(/^#/, "")
    .replace(/[/\\?#]+/g, "-")
    .trim()

const decoded = (part: string): string => {
  try {
    return canonical(decodeURIComponent(part))
  } catch {
    return canonical(part)
  }
}
