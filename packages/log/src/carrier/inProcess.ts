import type { Carrier } from "./carrier.ts"
import { Topics } from "./topics.ts"

/** Nodes in one process, as tests start them: `join` gives each its carrier. */
export class InProcess {
  readonly #nodes = new Set<Topics>()
  readonly #may: (message: string) => boolean

  /** `may` says whether a message arrives, for tests that lose some. */
  constructor(may: (message: string) => boolean = () => true) {
    this.#may = may
  }

  join(): Carrier {
    const own = new Topics()
    this.#nodes.add(own)
    return {
      tell: (topic, message) => {
        if (!this.#may(message)) return
        for (const node of this.#nodes) if (node !== own) queueMicrotask(() => node.heard(topic, message))
      },
      hear: (topic, heard) => own.hear(topic, heard),
      onDoubt: (doubt) => own.onDoubt(doubt),
      byTopic: true,
    }
  }

  /** Makes every node doubt that it heard everything. */
  doubt(): void {
    for (const node of this.#nodes) node.doubt()
  }
}
