import type { Profile, UserId } from "@roomlog/schemas"
import { Online } from "./online.ts"

/** Somebody came to a room or left it, wherever their connections end. */
export interface Change {
  readonly user: UserId
  readonly name: string
  readonly online: boolean
}

/** People who are in a room by other nodes, each with the nodes that say so. */
export class OnOtherNodes {
  readonly #people = new Map<UserId, { readonly name: string; readonly nodes: Set<string> }>()

  add(node: string, { id, name }: Profile): void {
    const there = this.#people.get(id)
    if (there) there.nodes.add(node)
    else this.#people.set(id, { name, nodes: new Set([node]) })
  }

  remove(node: string, user: UserId): void {
    const there = this.#people.get(user)
    if (there?.nodes.delete(node) && there.nodes.size === 0) this.#people.delete(user)
  }

  /** People whom this node says to be here. */
  of(node: string): ReadonlyArray<Profile> {
    return [...this.#people].flatMap(([id, { name, nodes }]) => (nodes.has(node) ? [{ id, name }] : []))
  }

  has(user: UserId): boolean {
    return this.#people.has(user)
  }

  nameOf(user: UserId): string | undefined {
    return this.#people.get(user)?.name
  }

  list(): ReadonlyArray<Profile> {
    return [...this.#people].map(([id, { name }]) => ({ id, name }))
  }
}

/** Everybody in one room: those of this node and those of the others. Says what each step changed for who looks on. */
export class People {
  readonly here = new Online()
  #elsewhere = new OnOtherNodes()
  /** Whether the other nodes' people are known; and each node's version when they were read. */
  isKnown = false
  readAt: ReadonlyMap<string, number> = new Map()

  enter(person: Profile): ReadonlyArray<Change> {
    return this.#step(person, () => this.here.enter(person))
  }

  leave(person: Profile): ReadonlyArray<Change> {
    return this.#step(person, () => this.here.leave(person))
  }

  /** Another node says that somebody came, or, without a name, that somebody went. */
  told(node: string, user: UserId, name: string | null): ReadonlyArray<Change> {
    return this.#step({ id: user, name: name ?? this.#elsewhere.nameOf(user) ?? "somebody" }, () =>
      name === null ? this.#elsewhere.remove(node, user) : this.#elsewhere.add(node, { id: user, name }),
    )
  }

  /** Everything that this node said holds no more. */
  drop(node: string): ReadonlyArray<Change> {
    return this.by(node).flatMap(({ id }) => this.told(node, id, null))
  }

  /** People whom another node says to be here. */
  by(node: string): ReadonlyArray<Profile> {
    return this.#elsewhere.of(node)
  }

  /** Takes what was read in place of what was heard. */
  read(elsewhere: OnOtherNodes, readAt: ReadonlyMap<string, number>): ReadonlyArray<Change> {
    const before = this.list()
    this.#elsewhere = elsewhere
    this.isKnown = true
    this.readAt = readAt
    const was = new Set(before.map(({ id }) => id))
    return [
      ...before.filter(({ id }) => !this.#has(id)).map(({ id, name }) => ({ user: id, name, online: false })),
      ...elsewhere.list().flatMap(({ id, name }) => (was.has(id) ? [] : [{ user: id, name, online: true }])),
    ]
  }

  list(): ReadonlyArray<Profile> {
    return [...this.here.list(), ...this.#elsewhere.list().filter(({ id }) => !this.here.has(id))]
  }

  #has(user: UserId): boolean {
    return this.here.has(user) || this.#elsewhere.has(user)
  }

  #step({ id, name }: Profile, step: () => unknown): ReadonlyArray<Change> {
    const was = this.#has(id)
    step()
    const online = this.#has(id)
    return was === online ? [] : [{ user: id, name, online }]
  }
}
