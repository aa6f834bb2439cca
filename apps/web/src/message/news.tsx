import { createEffect, on } from "solid-js"
import { useScene } from "../context.ts"
import { makeAnnouncer } from "../ui/announcer.tsx"
import { gist } from "./quote.tsx"
import { newSince } from "./rows.ts"

/** Tells screen readers what others write, politely and never more than once a second. */
export const News = () => {
  const { state, me, nameOf } = useScene()
  const { announce, Announcer } = makeAnnouncer((lines) => `${lines.length} new messages`)
  createEffect(
    on(
      () => state(),
      (now, before) => {
        if (before === undefined || before.phase !== "ready" || now.hasNewer || before.hasNewer) return
        if (now.upTo === before.upTo) return
        for (const message of newSince(now.items, before.upTo, me.id))
          announce(`${nameOf(message.by)}: ${gist(message)}`)
      },
    ),
  )
  return <Announcer />
}
