import { createMemo, type JSX, Show } from "solid-js"
import { useScene } from "../context.ts"
import { Images } from "../media/images.tsx"
import { Avatar } from "../ui/avatar.tsx"
import { clockTime, exactTime } from "../ui/time.ts"
import { toastFailure } from "../ui/toasts.tsx"
import { mayRestore } from "./allowed.ts"
import { Failure } from "./failure.tsx"
import { Quote } from "./quote.tsx"
import { Reactions } from "./reactions.tsx"
import type { MessageRow } from "./rows.ts"
import { Text } from "./text.tsx"

/** A message: who, when, what it answers, what it says and shows, and how people reacted. */
export const Message = (props: { row: MessageRow; children: JSX.Element }) => {
  const { nameOf } = useScene()
  const message = createMemo(() => props.row.message)
  const author = () => nameOf(message().by)
  return (
    <>
      <Show when={props.row.first} fallback={<SideTime row={props.row} />}>
        <Avatar id={message().by} name={author()} />
      </Show>
      <div class="message-body">
        <Show when={props.row.first}>
          <div class="byline">
            <span class="who">{author()}</span>
            <Time row={props.row} />
          </div>
        </Show>
        <Show when={message().replyTo}>{(reply) => <Quote reply={reply()} />}</Show>
        <Show when={message().removed === null} fallback={<Removed row={props.row} />}>
          <Show when={message().text !== ""}>
            <Text text={message().text} />
          </Show>
          <Show when={message().editedAt}>
            {(at) => (
              <span class="edited" title={exactTime(at())}>
                (edited)
              </span>
            )}
          </Show>
          <Show when={message().images.length > 0}>
            <Images images={message().images} />
          </Show>
          <Show when={message().reactions.length > 0}>
            <Reactions message={message()} />
          </Show>
        </Show>
        <Show when={props.row.delivery?.state === "failed"}>
          <Failure row={props.row} />
        </Show>
      </div>
      {props.children}
    </>
  )
}

const Time = (props: { row: MessageRow }) => (
  <Show
    when={props.row.delivery}
    fallback={
      <time dateTime={new Date(props.row.message.at).toISOString()} title={exactTime(props.row.message.at)}>
        {clockTime(props.row.message.at)}
      </time>
    }
  >
    {(delivery) => (
      <span class="status" classList={{ "status-failed": delivery().state === "failed" }}>
        {words[delivery().state]}
      </span>
    )}
  </Show>
)

const words = { waiting: "waiting to be sent…", sending: "sending…", failed: "not sent" } as const

const SideTime = (props: { row: MessageRow }) => (
  <span class="side-time">
    <Show when={props.row.delivery === null} fallback={<span class="unseen">sending</span>}>
      {clockTime(props.row.message.at)}
    </Show>
  </span>
)

const Removed = (props: { row: MessageRow }) => {
  const { nameOf, open, me, summary } = useScene()
  const by = () => props.row.message.removed?.by
  const who = () => (by() === me.id ? "you" : nameOf(by() ?? props.row.message.by))
  const restore = () => open.restore(props.row.message.id).catch((failure) => toastFailure(failure, restore))
  return (
    <p class="removed">
      removed by {who()}
      <Show when={mayRestore(props.row.message, me.id, summary().role)}>
        {" · "}
        <button type="button" class="text-button" onClick={restore}>
          restore
        </button>
      </Show>
    </p>
  )
}
