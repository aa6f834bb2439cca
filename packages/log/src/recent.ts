/**
 * A map that forgets what was neither written nor read for long. Two generations instead of an order of use: looking for
 * a map's oldest key walks over everything deleted before it, which was a third of what a command cost (decision 0013).
 */
export class Recent<Value> {
  readonly #half: number
  #young = new Map<string, Value>()
  #old = new Map<string, Value>()
  /** How many were taken from the young ones since that map was made. */
  #forgotten = 0

  /** Keeps at most so many, and at least the half of them that was used last. */
  constructor(most: number) {
    this.#half = Math.max(1, most / 2)
  }

  get(key: string): Value | undefined {
    const young = this.#young.get(key)
    if (young !== undefined) return young
    const old = this.#old.get(key)
    if (old !== undefined) this.set(key, old)
    return old
  }

  set(key: string, value: Value): void {
    this.#young.set(key, value)
    if (this.#young.size < this.#half) return
    this.#old = this.#young
    this.#renew([])
  }

  forget(key: string): void {
    this.#old.delete(key)
    if (this.#young.delete(key) && ++this.#forgotten >= this.#half) this.#renew(this.#young)
  }

  clear(): void {
    this.#old = new Map()
    this.#renew([])
  }

  /** Another map, as one that is written and deleted from for ever keeps alive what it once held (decision 0020). */
  #renew(young: Iterable<readonly [string, Value]>): void {
    this.#young = new Map(young)
    this.#forgotten = 0
  }
}
