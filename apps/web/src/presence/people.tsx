import type { Member, Profile } from "@roomlog/schemas"
import { createMemo, createSignal, For, onMount, Show } from "solid-js"
import { useScene } from "../context.ts"
import { Avatar } from "../ui/avatar.tsx"
import { Close, Dots } from "../ui/icons.tsx"
import { later } from "../ui/later.tsx"

const MemberMenu = later(() => import("./memberMenu.tsx"))

/** Who is here and who else belongs to the room. */
export const People = (props: { onClose: () => void }) => {
  const { state, members } = useScene()
  onMount(members.want)

  const here = createMemo(() => [...state().here].sort(byName))
  const away = createMemo(() => {
    const present = new Set(state().here.map(({ id }) => id))
    return members
      .all()
      .filter(({ user }) => !present.has(user))
      .map(({ user, name }): Profile => ({ id: user, name }))
      .sort(byName)
  })
  const roleOf = (id: string) => members.all().find(({ user }) => user === id)?.role
  const list = (people: ReadonlyArray<Profile>, isAway: boolean) => (
    <ul>
      <For each={people}>
        {(person) => <Person person={person} role={roleOf(person.id)} away={isAway} onChange={members.refresh} />}
      </For>
    </ul>
  )
  return (
    <aside class="people" aria-label="People">
      <div class="people-head">
        <h2>Here · {here().length}</h2>
        <button
          type="button"
          class="icon-button people-close"
          aria-label="Close people"
          onClick={() => props.onClose()}
        >
          <Close />
        </button>
      </div>
      {list(here(), false)}
      <Show when={away().length > 0}>
        <h2>Away · {away().length}</h2>
        {list(away(), true)}
      </Show>
    </aside>
  )
}

const Person = (props: { person: Profile; role: Member["role"] | undefined; away: boolean; onChange: () => void }) => {
  const { me, summary } = useScene()
  const [menu, setMenu] = createSignal<HTMLElement | null>(null)
  const mine = () => summary().role
  const mayAct = () =>
    props.role !== undefined &&
    props.person.id !== me.id &&
    (mine() === "owner" || (mine() === "moderator" && props.role === "member"))
  const tags = () => {
    const role = props.role === "moderator" ? "mod" : props.role === "owner" ? "owner" : undefined
    return [props.person.id === me.id ? "you" : undefined, role].filter((tag) => tag !== undefined).join(", ")
  }
  return (
    <li class="person" classList={{ away: props.away }}>
      <Avatar id={props.person.id} name={props.person.name} size="small" />
      <span class="person-name">{props.person.name}</span>
      <Show when={tags() !== ""}>
        <span class="tag">{tags()}</span>
      </Show>
      <Show when={mayAct()}>
        <button
          type="button"
          class="icon-button small person-more"
          aria-label={`Actions for ${props.person.name}`}
          aria-haspopup="menu"
          onClick={(event) => setMenu(event.currentTarget)}
        >
          <Dots size={16} />
        </button>
      </Show>
      <Show when={menu()}>
        {(anchor) => (
          <MemberMenu
            anchor={anchor()}
            person={props.person}
            role={props.role ?? "member"}
            onChange={props.onChange}
            onClose={() => setMenu(null)}
          />
        )}
      </Show>
    </li>
  )
}

const byName = (a: Profile, b: Profile): number => a.name.localeCompare(b.name)
