import type { Profile, Signal, UserId } from "@roomlog/schemas"
import type { Window } from "./window.ts"

/** Milliseconds for which one sign of writing holds. */
export const typingHolds = 5_000

/** The window after something that is only true now. */
export const withSignal = (window: Window, signal: Signal, now: number): Window => {
  const person = { id: signal.user, name: signal.name }
  switch (signal._tag) {
    case "CameOnline":
      return { ...window, here: [...without(window.here, person.id), person] }
    case "WentOffline":
      return stopped({ ...window, here: without(window.here, person.id) }, person.id)
    case "Typed":
      return person.id === window.me ? window : writing(window, person, now + typingHolds)
  }
}

/** The window when everybody's presence is known afresh. */
export const withHere = (window: Window, here: ReadonlyArray<Profile>): Window => ({ ...window, here })

/** The window when somebody does not write any more, because a message came or the person went. */
export const stopped = (window: Window, user: UserId): Window => {
  if (!window.until.has(user)) return window
  const until = new Map(window.until)
  until.delete(user)
  return { ...window, typing: without(window.typing, user), until }
}

/** The window without those who have not been heard writing for a while. */
export const expired = (window: Window, now: number): Window =>
  [...window.until].reduce((left, [user, until]) => (until <= now ? stopped(left, user) : left), window)

/** When the next one stops to count as writing; undefined when nobody writes. */
export const nextExpiry = ({ until }: Window): number | undefined =>
  until.size === 0 ? undefined : Math.min(...until.values())

const writing = (window: Window, person: Profile, until: number): Window => ({
  ...window,
  typing: window.until.has(person.id) ? window.typing : [...window.typing, person],
  until: new Map(window.until).set(person.id, until),
})

const without = (people: ReadonlyArray<Profile>, user: UserId): ReadonlyArray<Profile> =>
  people.filter(({ id }) => id !== user)
