import { Recent } from "@roomlog/log"

/** What is known of things of a kind. `null` is a fact too: there is no such thing. */
export class Warm<Value> extends Recent<Value | null> {}

/** What a batch sees and did: its own changes in front of what is warm. */
export class Layer<Value> {
  readonly #below: Warm<Value>
  readonly #seen = new Map<string, Value | null>()
  readonly #changed = new Set<string>()

  constructor(below: Warm<Value>) {
    this.#below = below
  }

  /** Whether it is known. What is warm is kept for this batch, whatever other batches do to the cache meanwhile. */
  has(key: string): boolean {
    if (this.#seen.has(key)) return true
    const warm = this.#below.get(key)
    if (warm !== undefined) this.#seen.set(key, warm)
    return warm !== undefined
  }

  get(key: string): Value | undefined {
    return this.#seen.get(key) ?? undefined
  }

  /** Remembers what was read. */
  learn(key: string, value: Value | null): void {
    this.#seen.set(key, value)
  }

  /** Remembers what the batch did. */
  change(key: string, value: Value | null): void {
    this.#seen.set(key, value)
    this.#changed.add(key)
  }

  changes(): ReadonlyArray<readonly [key: string, value: Value | null]> {
    return [...this.#changed].map((key) => [key, this.#seen.get(key)!] as const)
  }

  /** Lets what the batch saw and did be seen by later ones. */
  keep(mayKeep: (key: string, value: Value | null) => boolean = () => true): void {
    for (const [key, value] of this.#seen) if (mayKeep(key, value)) this.#below.set(key, value)
  }
}
