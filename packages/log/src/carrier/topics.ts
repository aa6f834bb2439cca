/** Who in this process hears which topic. */
export class Topics {
  readonly #hearers = new Map<string, Set<(message: string) => void>>()
  readonly #doubters = new Set<() => void>()

  /** Returns how to stop; `last` is called when nobody hears the topic any more. */
  hear(topic: string, heard: (message: string) => void, last: () => void = () => undefined): () => void {
    const hearers = this.#hearers.get(topic) ?? new Set()
    this.#hearers.set(topic, hearers)
    hearers.add(heard)
    return () => {
      if (!hearers.delete(heard) || hearers.size > 0) return
      this.#hearers.delete(topic)
      last()
    }
  }

  has(topic: string): boolean {
    return this.#hearers.has(topic)
  }

  names(): Iterable<string> {
    return this.#hearers.keys()
  }

  heard(topic: string, message: string): void {
    for (const hear of this.#hearers.get(topic) ?? []) hear(message)
  }

  onDoubt(doubt: () => void): () => void {
    this.#doubters.add(doubt)
    return () => void this.#doubters.delete(doubt)
  }

  doubt(): void {
    for (const doubt of this.#doubters) doubt()
  }
}
