import { type JSX, Show } from "solid-js"
import { useScene } from "../context.ts"
import { clockTime, dayName, exactTime } from "../ui/time.ts"
import { Actions, type Floating } from "./actions.tsx"
import { Message } from "./message.tsx"
import { sentence } from "./notices.ts"
import type { MessageRow, Row } from "./rows.ts"

interface LineProps {
  readonly row: Row
  readonly active: boolean
  readonly flash: boolean
  readonly tabStop: boolean
  readonly onFloat: (floating: Floating) => void
}

/** One line of the timeline. A line never changes its kind. */
export const Line = (props: LineProps): JSX.Element => {
  switch (props.row.kind) {
    case "day":
      return (
        <li class="day" data-key={props.row.key} data-anchor="no">
          {dayName(props.row.at)}
        </li>
      )
    case "divider":
      return (
        <li class="day new" data-key="divider" data-anchor="no">
          New since {clockTime(props.row.at)}
        </li>
      )
    case "notices":
      return <Notices {...props} />
    case "message":
      return <MessageLine {...props} />
  }
}

const Notices = (props: LineProps) => {
  const { nameOf } = useScene()
  const notices = () => (props.row.kind === "notices" ? props.row.notices : [])
  return (
    <li class="notice" data-key={props.row.key} title={exactTime(notices()[0]?.at ?? 0)}>
      {sentence(notices(), nameOf)}
    </li>
  )
}

const MessageLine = (props: LineProps) => {
  const row = () => props.row as MessageRow
  return (
    <li
      class="message"
      classList={{
        first: row().first,
        pending: row().delivery !== null && row().delivery?.state !== "failed",
        failed: row().delivery?.state === "failed",
        flash: props.flash,
        active: props.active,
      }}
      data-key={row().key}
      tabIndex={props.tabStop ? 0 : -1}
    >
      <Message row={row()}>
        <Show when={props.active && row().delivery === null}>
          <Actions row={row()} onFloat={props.onFloat} />
        </Show>
      </Message>
    </li>
  )
}
