import type { Seq } from "@roomlog/schemas"
import {
  type Accessor,
  createComputed,
  createEffect,
  createMemo,
  createSignal,
  For,
  on,
  onCleanup,
  onMount,
  Show,
  untrack,
} from "solid-js"
import { useScene } from "../context.ts"
import { later } from "../ui/later.tsx"
import { distanceToEnd, type Place, placesInSight, returnTo, rowOf } from "../ui/scroll.ts"
import type { Floating } from "./actions.tsx"
import { Beginning, Loading } from "./edges.tsx"
import { Line } from "./line.tsx"
import { NewBar } from "./newBar.tsx"
import { Pill } from "./pill.tsx"
import { isSameRow, newSince, type Row, rowsOf } from "./rows.ts"

const Floats = later(() => import("./floats.tsx"))

/** Where the timeline is asked to go. A new object is a new wish. */
export interface Goal {
  readonly to: Seq | "newest"
}

/** What the room knows of how it is read. */
export interface Position {
  /** Whether the newest message is in sight, so that new ones are followed. */
  readonly atEnd: boolean
}

/** The messages of the open room. Nothing moves under the reader's eyes: the row in sight keeps its place, whatever comes above or below. */
export const Timeline = (props: {
  goal: Accessor<Goal | null>
  newAfter: Accessor<Seq | null>
  unread: number
  /** Everything up to here counts as known. */
  seen: Seq
  onPosition: (position: Position) => void
  viewportRef: (viewport: HTMLElement) => void
}) => {
  const { open, state, me, toPresent } = useScene()
  let viewport!: HTMLDivElement
  let list!: HTMLOListElement
  let places: ReadonlyArray<Place> = []
  let lookedAt: "newer" | "older" | null = null
  const [atEnd, setAtEnd] = createSignal(props.goal() === null)
  const [seen, setSeen] = createSignal(untrack(() => props.seen))
  const [active, setActive] = createSignal<string | null>(null)
  const [floating, setFloating] = createSignal<Floating | null>(null)
  const [flash, setFlash] = createSignal<string | null>(null)
  const [dividerPassed, setDividerPassed] = createSignal(false)

  const items = createMemo(() => state().items)
  const pending = createMemo(() => (state().hasNewer ? [] : state().pending))
  const rows = createMemo(() =>
    rowsOf({ room: open.room, me: me.id, items: items(), pending: pending(), newAfter: props.newAfter() }),
  )
  const byKey = createMemo(() => new Map(rows().map((row) => [row.key, row])))
  const keys = createMemo(() => rows().map(({ key }) => key))
  const fresh = createMemo(() => newSince(items(), seen(), me.id).length)
  const settings = createMemo(() => ({ loading: state().phase === "loading", hasOlder: state().hasOlder }))

  const measure = () => {
    if (state().phase !== "ready") return
    places = placesInSight(viewport, list)
    const end = !state().hasNewer && distanceToEnd(viewport) < 100
    setAtEnd(end)
    if (end) setSeen(state().upTo)
    lookAt(distanceToEnd(viewport) < viewport.scrollTop ? "newer" : "older")
    watchDivider()
    approach()
  }
  const lookAt = (side: "newer" | "older") => {
    if (side === lookedAt) return
    lookedAt = side
    open.looking(side)
  }
  const settle = () => {
    if (atEnd()) viewport.scrollTop = viewport.scrollHeight
    else returnTo(viewport, list, places)
    measure()
  }
  const approach = () => {
    if (state().hasOlder && viewport.scrollTop < 900) open.loadOlder().catch(() => {})
    if (state().hasNewer && distanceToEnd(viewport) < 900) open.loadNewer().catch(() => {})
  }
  const watchDivider = () => {
    const after = props.newAfter()
    if (after === null) return
    const divider = rowOf(list, "divider")
    const above =
      divider === null
        ? (items()[0]?.seq ?? 0) > after
        : divider.getBoundingClientRect().bottom < viewport.getBoundingClientRect().top
    setDividerPassed(above)
  }
  const show = (seq: Seq) => {
    const key = keyAt(rows(), seq)
    const row = key === undefined ? null : rowOf(list, key)
    if (row === null || key === undefined) return
    const below = row.getBoundingClientRect().top - viewport.getBoundingClientRect().top
    viewport.scrollTop += below - Math.max(24, (viewport.clientHeight - row.offsetHeight) / 3)
    setFlash(null)
    requestAnimationFrame(() => setFlash(key))
    measure()
  }

  const remember = () => {
    places = placesInSight(viewport, list)
  }
  createComputed(on(rows, remember, { defer: true }))
  createEffect(on([rows, settings], settle, { defer: true }))
  createEffect(() => props.onPosition({ atEnd: atEnd() }))
  createEffect(
    on(props.goal, async (goal) => {
      if (goal === null) return
      lookedAt = null
      await open.ready.catch(() => {})
      if (goal.to === "newest") {
        if (state().hasNewer) await open.jumpTo("newest").catch(() => {})
        setAtEnd(true)
        settle()
        return
      }
      setAtEnd(false)
      if (keyAt(rows(), goal.to) === undefined) await open.jumpTo(goal.to).catch(() => {})
      show(goal.to)
    }),
  )
  onMount(() => {
    props.viewportRef(viewport)
    const resized = new ResizeObserver(settle)
    resized.observe(viewport)
    resized.observe(list)
    onCleanup(() => resized.disconnect())
  })

  const hover = (event: PointerEvent) => {
    if (event.pointerType === "mouse" && floating() === null) setActive(keyUnder(event.target))
  }
  const press = (event: MouseEvent) => {
    const target = event.target as Element
    const byFinger = event instanceof PointerEvent && event.pointerType !== "mouse"
    if (byFinger && target.closest("a, button, input, textarea") === null)
      setActive((now) => (now === keyUnder(target) ? null : keyUnder(target)))
  }
  const walk = (event: KeyboardEvent) => {
    const row = (event.target as HTMLElement).closest<HTMLElement>("li.message")
    if (row === null || event.target !== row) return
    if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      event.preventDefault()
      neighbour(row, event.key === "ArrowUp")?.focus()
    }
    if (event.key === "Enter") row.querySelector<HTMLElement>(".actions button:last-child")?.click()
  }
  const tabStop = createMemo(() => active() ?? rows().findLast(({ kind }) => kind === "message")?.key)

  return (
    <div class="log-frame">
      <div class="log" ref={viewport} onScroll={measure}>
        <Show when={!settings().loading} fallback={<Loading />}>
          <Show when={!settings().hasOlder} fallback={<div class="log-older" aria-hidden="true" />}>
            <Beginning />
          </Show>
        </Show>
        <ol
          ref={list}
          class="rows"
          aria-label="Messages"
          onPointerOver={hover}
          onPointerLeave={() => floating() === null && setActive(null)}
          onFocusIn={(event) => setActive(keyUnder(event.target))}
          onClick={press}
          onKeyDown={walk}
        >
          <For each={keys()}>
            {(key) => {
              const row = createMemo<Row>((before) => byKey().get(key) ?? before, byKey().get(key)!, {
                equals: isSameRow,
              })
              return (
                <Line
                  row={row()}
                  active={active() === key}
                  flash={flash() === key}
                  tabStop={tabStop() === key}
                  onFloat={setFloating}
                />
              )
            }}
          </For>
        </ol>
      </div>
      <Show when={props.unread > 0}>
        <NewBar
          shown={dividerPassed()}
          unread={props.unread}
          newAfter={props.newAfter()}
          firstNew={items().find(
            (item) => item._tag === "Message" && item.seq > (props.newAfter() ?? 0) && item.by !== me.id,
          )}
        />
      </Show>
      <Pill shown={!atEnd() && state().phase === "ready"} fresh={fresh()} onPress={toPresent} />
      <Show when={floating()}>{(now) => <Floats floating={now()} onChange={setFloating} />}</Show>
    </div>
  )
}

const keyUnder = (target: EventTarget | null): string | null =>
  (target as Element | null)?.closest<HTMLElement>("li.message")?.dataset["key"] ?? null

const neighbour = (row: HTMLElement, above: boolean): HTMLElement | null => {
  let next = above ? row.previousElementSibling : row.nextElementSibling
  while (next !== null && !next.matches("li.message"))
    next = above ? next.previousElementSibling : next.nextElementSibling
  return next as HTMLElement | null
}

/** The row in which a seq stands. */
const keyAt = (rows: ReadonlyArray<Row>, seq: Seq): string | undefined =>
  rows.find((row) =>
    row.kind === "message"
      ? row.message.seq === seq
      : row.kind === "notices" && row.notices.some((notice) => notice.seq === seq),
  )?.key
