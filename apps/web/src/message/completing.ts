import type { Profile } from "@roomlog/schemas"
import { type Accessor, createMemo, createSignal } from "solid-js"
import type { Scene } from "../context.ts"
import { type Candidate, completed, peopleFor, type Wanted, wantedAt } from "./completion.ts"
import type { EmojiEntry } from "./emoji.ts"

/** One thing that a name can become. */
export type Suggestion =
  | { readonly kind: "person"; readonly key: string; readonly name: string; readonly person: Candidate }
  | { readonly kind: "emoji"; readonly key: string; readonly name: string; readonly entry: EmojiEntry }

export type Completing = ReturnType<typeof makeCompleting>

/** Completes names while they are written in a field; `write` puts the text there and the caret where it belongs. */
export const makeCompleting = (scene: Scene, write: (text: string, caret: number) => void) => {
  const [wanted, setWanted] = createSignal<Wanted | null>(null)
  const [chosen, setChosen] = createSignal(0)
  const [search, setSearch] = createSignal<((query: string) => ReadonlyArray<EmojiEntry>) | null>(null)
  /** Where a list was put away with Esc; it does not come back for the same name. */
  let putAway = -1
  const people = candidates(scene)

  const all = createMemo((): ReadonlyArray<Suggestion> => {
    const now = wanted()
    if (now?.kind === "person")
      return peopleFor(now.query, people()).map((person) => ({
        kind: "person",
        key: person.id,
        name: person.name,
        person,
      }))
    const found = now === null ? [] : (search()?.(now.query) ?? [])
    return found.slice(0, 8).map((entry) => ({ kind: "emoji", key: entry.emoji, name: entry.emoji, entry }))
  })

  const look = (area: HTMLTextAreaElement) => {
    const { selectionStart: caret, selectionEnd, value } = area
    const now = caret === selectionEnd ? wantedAt(value, caret) : null
    if (now?.start !== putAway) putAway = -1
    if (now?.kind === "person") scene.members.want()
    if (now?.kind === "emoji" && search() === null)
      void import("./emoji.ts").then(({ searchEmoji }) => setSearch(() => searchEmoji))
    setWanted(putAway >= 0 ? null : now)
    setChosen(0)
  }

  const take = (index: number, area: HTMLTextAreaElement) => {
    const [now, suggestion] = [wanted(), all()[index]]
    if (now === null || suggestion === undefined) return
    const { text, caret } = completed(area.value, now, area.selectionStart, suggestion.name)
    setWanted(null)
    write(text, caret)
  }

  return {
    all,
    chosen,
    choose: setChosen,
    look,
    take,
    isOpen: () => all().length > 0,
    close: () => void setWanted(null),
    /** Puts the list away; says whether there was one. */
    escape: (): boolean => {
      if (all().length === 0) return false
      putAway = wanted()?.start ?? -1
      setWanted(null)
      return true
    },
    /** Whether a press meant the list, which then took it. */
    pressed: (event: KeyboardEvent, area: HTMLTextAreaElement): boolean => {
      const count = all().length
      if (count === 0 || event.isComposing || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey)
        return false
      const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0
      if (step !== 0) setChosen((now) => (now + step + count) % count)
      else if ((event.key === "Enter" && event.keyCode !== 229) || event.key === "Tab") take(chosen(), area)
      else return false
      event.preventDefault()
      return true
    },
  }
}

/** Everybody here and every member, each once, without me. */
const candidates = ({ state, members, me }: Scene): Accessor<ReadonlyArray<Candidate>> =>
  createMemo(() => {
    const found = new Map<string, Candidate>()
    const add = ({ id, name }: Profile, here: boolean) =>
      id !== me.id && !found.has(id) && found.set(id, { id, name, here })
    for (const person of state().here) add(person, true)
    for (const { user, name } of members.all()) add({ id: user, name }, false)
    return [...found.values()]
  })
