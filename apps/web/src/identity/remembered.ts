type Thing = "name" | "room"

/** What was typed on the arriving screen the last time. */
export const remembered = (thing: Thing): string => {
  try {
    return localStorage.getItem(`roomlog.${thing}`) ?? ""
  } catch {
    return ""
  }
}

export const remember = (thing: Thing, value: string): void => {
  try {
    localStorage.setItem(`roomlog.${thing}`, value)
  } catch {
    // A browser without storage asks again.
  }
}
