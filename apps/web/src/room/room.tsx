import { Names } from "@roomlog/domain"
import type { Member, Profile, RoomSummary, Seq, UserId } from "@roomlog/schemas"
import { type Accessor, createEffect, createMemo, createSignal, on, onCleanup, Show, untrack } from "solid-js"
import { type Intent, type Scene, SceneContext, useChat } from "../context.ts"
import { makeAttachments } from "../media/attachments.ts"
import { Drop } from "../media/drop.tsx"
import { Composer } from "../message/composer.tsx"
import type { WhoIs } from "../message/markdown.ts"
import { News } from "../message/news.tsx"
import { type Goal, type Position, Timeline } from "../message/timeline.tsx"
import { ConnectionBanner } from "../presence/connection.tsx"
import { makeMembers } from "../presence/members.ts"
import { People } from "../presence/people.tsx"
import { Typing } from "../presence/typing.tsx"
import { later, loadTheRest } from "../ui/later.tsx"
import { matches, pageFocus } from "../ui/media.ts"
import { fromReadable } from "../ui/readable.ts"
import { toast } from "../ui/toasts.tsx"
import { Header } from "./header.tsx"

const Details = later(() => import("./details.tsx"))
const Lightbox = later(() => import("../media/lightbox.tsx"))

/** An open room: its timeline, its people, and the place to write. */
export const Room = (props: { summary: Accessor<RoomSummary>; me: Profile; onRooms: () => void }) => {
  const { roomlog, address, escapes } = useChat()
  const entered = untrack(props.summary)
  const at = untrack(address).at
  const open = at === null ? roomlog.open(entered.room) : roomlog.open(entered.room, at)
  onCleanup(open.close)
  open.ready.catch(() => {}) // The phase says it.
  const state = fromReadable(open.state)
  const connection = fromReadable(roomlog.connection)
  const focused = pageFocus()
  const wide = matches("(min-width: 1100px)")

  const [intent, setIntent] = createSignal<Intent>({ kind: "new" })
  const [goal, setGoal] = createSignal<Goal | null>(at === null ? null : { to: at })
  const [newAfter, setNewAfter] = createSignal<Seq | null>(entered.unread > 0 ? entered.readUpTo : null)
  const [position, setPosition] = createSignal<Position>({ atEnd: at === null })
  const [people, setPeople] = createSignal<boolean | null>(null)
  const [details, setDetails] = createSignal(false)
  const [image, setImage] = createSignal<string | null>(null)
  let viewport: HTMLElement | undefined

  const peopleShown = () => people() ?? wide()
  const attachments = makeAttachments(roomlog, entered.room, (text) => toast({ text, tone: "error" }))
  const lastNotice = createMemo(() => state().items.findLast((item) => item._tag === "Notice")?.seq)
  const members = makeMembers(roomlog, entered.room, lastNotice)
  const names = createMemo(() => state().names)
  const toPresent = () => setGoal({ to: "newest" })
  const scene: Scene = {
    summary: props.summary,
    open,
    state,
    me: props.me,
    nameOf: (user) => state().names.get(user) ?? (user === props.me.id ? props.me.name : "Somebody"),
    whoIs: createMemo(() => whoIs(names(), members.all(), props.me)),
    intent,
    setIntent,
    attachments,
    members,
    jumpTo: (seq) => setGoal({ to: seq }),
    toPresent,
    showImage: setImage,
  }

  createEffect(
    on(address, ({ room, at }) => at !== null && room === props.summary().name && setGoal({ to: at }), { defer: true }),
  )
  // The first second is for the messages and their images.
  const canLoad = createMemo(() => state().phase === "ready" && connection()._tag === "online")
  createEffect(() => {
    if (!canLoad()) return
    const soon = setTimeout(loadTheRest, 1_000)
    onCleanup(() => clearTimeout(soon))
  })
  const isReading = () => focused() && position().atEnd && state().phase === "ready"
  let marked = entered.readUpTo
  createEffect(() => {
    const { upTo } = state()
    if (!isReading() || upTo <= marked) return
    marked = upTo
    open.markRead(upTo).catch(() => {})
  })
  // Whoever comes back to the window sees where they left off.
  createEffect(
    on(focused, (now) => !now && untrack(position).atEnd && setNewAfter(untrack(state).upTo), { defer: true }),
  )
  onCleanup(
    escapes.on("panel", () => {
      if (wide() || !peopleShown()) return false
      setPeople(false)
      return true
    }),
  )
  onCleanup(
    escapes.on("present", () => {
      if (position().atEnd) return false
      toPresent()
      return true
    }),
  )
  const page = (direction: 1 | -1) => viewport?.scrollBy({ top: direction * viewport.clientHeight * 0.85 })
  const holders = () => [
    ...state().items.flatMap((item) =>
      item._tag === "Message" ? [{ message: item.id, removed: item.removed !== null, images: item.images }] : [],
    ),
    ...state().pending.map(({ message, images }) => ({ message, removed: false, images })),
  ]

  return (
    <SceneContext.Provider value={scene}>
      <div class="room-frame" classList={{ "with-people": peopleShown() }}>
        <main class="talk">
          <Header
            peopleShown={peopleShown()}
            onRooms={props.onRooms}
            onPeople={() => setPeople(!peopleShown())}
            onDetails={() => setDetails(true)}
          />
          <ConnectionBanner connection={connection} />
          <Show when={state().phase !== "lost"} fallback={<Lost />}>
            <Timeline
              goal={goal}
              newAfter={newAfter}
              unread={entered.unread}
              seen={entered.unread > 0 ? entered.readUpTo : entered.head}
              onPosition={setPosition}
              viewportRef={(element) => {
                viewport = element
              }}
            />
            <Typing />
            <Composer onPage={page} />
          </Show>
          <News />
        </main>
        <Show when={peopleShown()}>
          <People onClose={() => setPeople(false)} />
        </Show>
        <Drop onFiles={attachments.add} />
      </div>
      <Show when={details()}>
        <Details onClose={() => setDetails(false)} />
      </Show>
      <Show when={image()}>
        {(key) => <Lightbox holders={holders()} start={key()} onClose={() => setImage(null)} />}
      </Show>
    </SceneContext.Provider>
  )
}

const whoIs = (names: ReadonlyMap<UserId, string>, members: ReadonlyArray<Member>, me: Profile): WhoIs => {
  const known = [...members.map(({ user, name }) => [user, name] as const), ...names, [me.id, me.name] as const]
  const byKey = new Map(known.map(([id, name]) => [Names.key(name), id as string]))
  return (key) => byKey.get(key)
}

const Lost = () => (
  <div class="blank">
    <h2>This room is closed to you</h2>
    <p>You are no member any more. Ask its owner for a new invitation.</p>
  </div>
)
