import type { Profile, UserId } from "@roomlog/schemas"

/** Who is connected to a room; a person with several connections is there once. */
export class Online {
  readonly #people = new Map<UserId, { readonly name: string; connections: number }>()

  /** True when this is the person's first connection. */
  enter({ id, name }: Profile): boolean {
    const there = this.#people.get(id)
    if (there) there.connections += 1
    else this.#people.set(id, { name, connections: 1 })
    return there === undefined
  }

  /** True when this was the person's last connection. */
  leave({ id }: Pick<Profile, "id">): boolean {
    const there = this.#people.get(id)
    if (there === undefined) return false
    there.connections -= 1
    return there.connections === 0 && this.#people.delete(id)
  }

  has(user: UserId): boolean {
    return this.#people.has(user)
  }

  list(): ReadonlyArray<Profile> {
    return [...this.#people].map(([id, { name }]) => ({ id, name }))
  }
}
