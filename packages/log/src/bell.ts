import type { Carrier } from "./carrier/carrier.ts"
import type { Head } from "./read.ts"

/** Tells the other nodes how far the log has come. */
export const ringing = (carrier: Carrier, heard: (head: Head) => void) => ({
  ring: ({ part, pos }: Head): void => carrier.tell(topic, `${part}.${pos}`),
  stop: carrier.hear(topic, (message) => {
    const [, part, pos] = /^(\d{1,5})\.(\d{1,16})$/.exec(message) ?? []
    if (part !== undefined) heard({ part: Number(part), pos: Number(pos) })
  }),
})

const topic = "heads"
