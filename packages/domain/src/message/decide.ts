import type { CommandOf, Image, MessageId } from "@roomlog/schemas"
import { limits } from "@roomlog/schemas/limits"
import { isAtLeast } from "../access.ts"
import { asMember, type Decision, happened, no, type World } from "../world.ts"
import type { Message } from "./evolve.ts"

/** Members post text, images or both, also in reply to a message that is still there. */
export const post = (command: CommandOf<"PostMessage">, world: World): Decision =>
  asMember(command, world, "member", () => {
    const { message, text, replyTo } = command
    if (world.message !== undefined) return no({ _tag: "MessageIdTaken", message })
    if (isEmpty(text, command.images)) return no({ _tag: "MessageIsEmpty", field: "text" })
    const missing = command.images.find(({ key }) => !world.images?.has(key))
    if (missing !== undefined) return no({ _tag: "ImageNotFound", key: missing.key })
    const images = command.images.map(({ key, alt }): Image => ({ ...world.images!.get(key)!, alt }))
    if (replyTo === null) return happened({ _tag: "MessagePosted", message, text, images, replyTo })
    return onStanding(replyTo, { ...world, message: world.answered }, ({ seq }) =>
      happened({ _tag: "MessagePosted", message, text, images, replyTo: { message: replyTo, seq } }),
    )
  })

/** Authors edit their own messages. */
export const edit = (command: CommandOf<"EditMessage">, world: World): Decision =>
  asMember(command, world, "member", () =>
    onStanding(command.message, world, (message) => {
      if (message.by !== world.by) return no({ _tag: "NotTheAuthor", message: message.id })
      if (isEmpty(command.text, message.images)) return no({ _tag: "MessageIsEmpty", field: "text" })
      if (message.text === command.text) return no({ _tag: "NothingChanged" })
      return happened({ _tag: "MessageEdited", message: message.id, text: command.text })
    }),
  )

/** Authors remove their own messages, moderators everybody's. */
export const remove = (command: CommandOf<"RemoveMessage">, world: World): Decision =>
  asMember(command, world, "member", (_, role) =>
    onStanding(command.message, world, (message) =>
      message.by === world.by || isAtLeast(role, "moderator")
        ? happened({ _tag: "MessageRemoved", message: message.id })
        : no({ _tag: "NotTheAuthor", message: message.id }),
    ),
  )

/** Who removed a message may restore it, and so may moderators, as long as its images are kept. */
export const restore = (command: CommandOf<"RestoreMessage">, world: World): Decision =>
  asMember(command, world, "member", (room, role) => {
    const { message } = world
    if (message?.room !== room.id) return no({ _tag: "MessageNotFound", message: command.message })
    if (message.removed === null || message.kept === undefined) return no({ _tag: "NothingChanged" })
    if (message.removed.by !== world.by && !isAtLeast(role, "moderator"))
      return no({ _tag: "NotAllowed", needs: "moderator" })
    if (message.kept.images.some(({ key }) => world.gone?.has(key)))
      return no({ _tag: "InvalidInput", field: "message", reason: "its images have been deleted for good" })
    return happened({ _tag: "MessageRestored", message: message.id, ...message.kept })
  })

export const react = (command: CommandOf<"React">, world: World): Decision =>
  asMember(command, world, "member", () =>
    onStanding(command.message, world, ({ id, reactions }) => {
      if (world.reacted) return no({ _tag: "NothingChanged" })
      if (reactions.length >= limits.reactionsPerMessage && !reactions.some(({ emoji }) => emoji === command.emoji))
        return no({ _tag: "TooManyReactions", message: id, most: limits.reactionsPerMessage })
      return happened({ _tag: "Reacted", message: id, emoji: command.emoji })
    }),
  )

export const unreact = (command: CommandOf<"Unreact">, world: World): Decision =>
  asMember(command, world, "member", () =>
    onStanding(command.message, world, ({ id }) =>
      world.reacted
        ? happened({ _tag: "Unreacted", message: id, emoji: command.emoji })
        : no({ _tag: "NothingChanged" }),
    ),
  )

/** Lets the command go on if its message stands in its room and was not removed. */
const onStanding = (id: MessageId, { room, message }: World, then: (message: Message) => Decision): Decision => {
  if (message === undefined || message.room !== room?.id) return no({ _tag: "MessageNotFound", message: id })
  return message.removed === null ? then(message) : no({ _tag: "MessageIsRemoved", message: id })
}

const isEmpty = (text: string, images: ReadonlyArray<unknown>): boolean => text.trim() === "" && images.length === 0
