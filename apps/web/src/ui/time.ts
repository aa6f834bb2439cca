const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" })
const thisYear = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long" })
const otherYear = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long", year: "numeric" })
const exact = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "short" })

/** Hours and minutes of a moment, as 09:31. */
export const clockTime = (at: number): string => clock.format(at)

/** A moment in full, for whoever asks. */
export const exactTime = (at: number): string => exact.format(at)

/** The day of a moment, as people say it. */
export const dayName = (at: number, now = Date.now()): string => {
  const day = new Date(at).toDateString()
  if (day === new Date(now).toDateString()) return "Today"
  if (day === new Date(now - 86_400_000).toDateString()) return "Yesterday"
  return (new Date(at).getFullYear() === new Date(now).getFullYear() ? thisYear : otherYear).format(at)
}
