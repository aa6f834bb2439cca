const key = "roomlog.notify"

/** Whether this person wanted to be notified on this device. */
export const isWished = (me: string): boolean => {
  try {
    return localStorage.getItem(key) === me
  } catch {
    return false
  }
}

/** Whether anybody wanted it, so that there is something to end. */
export const isAnyWished = (): boolean => {
  try {
    return localStorage.getItem(key) !== null
  } catch {
    return false
  }
}

export const keepWish = (me: string): void => {
  try {
    localStorage.setItem(key, me)
  } catch {
    // A browser without storage is asked again after a reload.
  }
}

export const forgetWish = (): void => {
  try {
    localStorage.removeItem(key)
  } catch {
    // Then there was nothing to forget.
  }
}
