const key = (room: string): string => `roomlog.draft.${room}`

/** What was being written in a room when it was last left. */
export const draftOf = (room: string): string => {
  try {
    return localStorage.getItem(key(room)) ?? ""
  } catch {
    return ""
  }
}

/** Keeps a draft over reloads; an empty one is forgotten. */
export const keepDraft = (room: string, text: string): void => {
  try {
    if (text === "") localStorage.removeItem(key(room))
    else localStorage.setItem(key(room), text)
  } catch {
    // A browser without storage keeps drafts for as long as the page lives.
  }
}
