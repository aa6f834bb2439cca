import { createMemo, For, type JSX, onMount, Show } from "solid-js"
import { useScene } from "../context.ts"
import { type Block, type Inline, isOnlyEmoji, parse } from "./markdown.ts"

/** A message's text as elements. */
export const Text = (props: { text: string }) => {
  const { whoIs, members } = useScene()
  onMount(() => props.text.includes("@") && members.want())
  const blocks = createMemo(() => parse(props.text, props.text.includes("@") ? whoIs() : null))
  return (
    <div class="text" classList={{ "text-emoji": isOnlyEmoji(props.text) }}>
      <For each={blocks()}>{(block) => <BlockOf block={block} />}</For>
    </div>
  )
}

const BlockOf = (props: { block: Block }): JSX.Element => {
  const { block } = props
  switch (block.kind) {
    case "paragraph":
      return <p>{lines(block.lines)}</p>
    case "quote":
      return <blockquote>{lines(block.lines)}</blockquote>
    case "code":
      return (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: long lines scroll, and the keyboard must reach them
        <pre tabIndex={0}>
          <code>{block.text}</code>
        </pre>
      )
    case "list":
      return block.start === null ? <ul>{points(block.lines)}</ul> : <ol start={block.start}>{points(block.lines)}</ol>
  }
}

type Lines = ReadonlyArray<ReadonlyArray<Inline>>

const points = (of: Lines): JSX.Element => <For each={of}>{(line) => <li>{inlines(line)}</li>}</For>

const lines = (of: Lines): JSX.Element => (
  <For each={of}>
    {(line, at) => (
      <>
        {at() > 0 && <br />}
        {inlines(line)}
      </>
    )}
  </For>
)

const inlines = (of: ReadonlyArray<Inline>): JSX.Element => <For each={of}>{(part) => <InlineOf part={part} />}</For>

const InlineOf = (props: { part: Inline }): JSX.Element => {
  const { part } = props
  switch (part.kind) {
    case "text":
      return part.text
    case "code":
      return <code>{part.text}</code>
    case "bold":
      return <strong>{inlines(part.inside)}</strong>
    case "italic":
      return <em>{inlines(part.inside)}</em>
    case "link":
      return (
        <a href={part.href} target="_blank" rel="noopener noreferrer nofollow">
          {part.text}
        </a>
      )
    case "mention":
      return <Mention name={part.name} who={part.who} />
  }
}

const Mention = (props: { name: string; who: string }) => {
  const { me } = useScene()
  return (
    <Show when={props.who === me.id} fallback={<span class="mention">@{props.name}</span>}>
      <mark class="mention mention-me">@{props.name}</mark>
    </Show>
  )
}
