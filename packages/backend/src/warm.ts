/** A cache that forgets what was not used for longest. `null` is a fact too: there is no such thing. */
export class Warm<Value> {
  readonly #most: number
  readonly #entries = new Map<string, Value | null>()

  constructor(most: number) {
    this.#most = most
  }

  /** Undefined when nothing is known. */
  get(key: string): Value | null | undefined {
    const value = this.#entries.get(key)
    if (value === undefined) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, value)
    return value
  }

  set(key: string, value: Value | null): void {
    this.#entries.delete(key)
    this.#entries.set(key, value)
    if (this.#entries.size > this.#most) this.#entries.delete(this.#entries.keys().next().value!)
  }

  forget(key: string): void {
    this.#entries.delete(key)
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

  has(key: string): boolean {
    return this.#seen.has(key) || this.#below.get(key) !== undefined
  }

  get(key: string): Value | undefined {
    const seen = this.#seen.get(key)
    return (seen === undefined ? this.#below.get(key) : seen) ?? undefined
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
