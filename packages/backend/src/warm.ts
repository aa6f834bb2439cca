/**
 * A cache that forgets what was not used for long. `null` is a fact too: there is no such thing.
 * Two generations instead of an order of use: looking for a map's oldest key walks over everything deleted before it.
 */
export class Warm<Value> {
  readonly #half: number
  #young = new Map<string, Value | null>()
  #old = new Map<string, Value | null>()

  /** Keeps at most so many, and at least the half of them that was used last. */
  constructor(most: number) {
    this.#half = Math.max(1, most / 2)
  }

  /** Undefined when nothing is known. */
  get(key: string): Value | null | undefined {
    const young = this.#young.get(key)
    if (young !== undefined) return young
    const old = this.#old.get(key)
    if (old !== undefined) this.set(key, old)
    return old
  }

  set(key: string, value: Value | null): void {
    this.#young.set(key, value)
    if (this.#young.size < this.#half) return
    this.#old = this.#young
    this.#young = new Map()
  }

  forget(key: string): void {
    this.#young.delete(key)
    this.#old.delete(key)
  }

  clear(): void {
    this.#young.clear()
    this.#old.clear()
  }
}

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
