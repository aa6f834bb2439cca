import { Room } from "@roomlog/domain"
import type { DeliveredEvent } from "@roomlog/schemas"
import type { Subscriber } from "./subscriber.ts"

/** Whether nobody here knows what an event does to the room: a newer version did it, and not to a message. */
export const isDoubtful = ({ event }: DeliveredEvent): boolean => event._tag === "Unknown" && !("message" in event)

/** Whether an event ends the membership of a subscriber's person. */
export const removes = (event: DeliveredEvent, { actor }: Subscriber): boolean => {
  const membership = Room.membership(event)
  return membership?.role === null && membership.user === actor.id
}

/** Groups of events that follow each other in one room, each group ending where somebody may lose the right to read. */
export const runs = (events: ReadonlyArray<DeliveredEvent>): ReadonlyArray<ReadonlyArray<DeliveredEvent>> => {
  const byRoom = Map.groupBy(events, ({ room }) => room)
  return [...byRoom.values()].flatMap((all) => {
    const ends = all.flatMap((event, i) => (mayEndReading(event) ? [i + 1] : []))
    return [0, ...ends].map((start, i) => all.slice(start, ends[i] ?? all.length)).filter((run) => run.length > 0)
  })
}

const mayEndReading = (event: DeliveredEvent): boolean => isDoubtful(event) || Room.membership(event)?.role === null

/** Who loses the right to read by an event that they have not passed yet. */
export const removals = (subscribers: Iterable<Subscriber>, event: DeliveredEvent): ReadonlyArray<Subscriber> =>
  Room.membership(event)?.role === null
    ? [...subscribers].filter(
        (subscriber) =>
          subscriber.isPrivate &&
          removes(event, subscriber) &&
          (subscriber.phase === "catching-up" || subscriber.last < event.seq),
      )
    : []
