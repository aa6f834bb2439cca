import { Attend, Device, NoticeRule } from "@roomlog/schemas"
import { Effect, Schema } from "effect"
import { answer, open, router, signedIn, wire } from "../trpc.ts"

const Nothing = Schema.Struct({})
const OneDevice = Schema.Struct({ device: Device })

/** Notifications on people's devices. */
export const pushRouter = router({
  /** The server's public key, for `PushManager.subscribe`. */
  key: open
    .output(wire(Schema.Struct({ publicKey: Schema.String })))
    .query(({ ctx: { backend } }) => ({ publicKey: backend.push.publicKey })),

  subscribe: signedIn
    .input(wire(OneDevice))
    .output(wire(Nothing))
    .mutation(({ ctx: { backend, actor }, input }) =>
      answer(Effect.as(backend.push.subscribe(actor, input.device), {})),
    ),

  unsubscribe: signedIn
    .input(wire(OneDevice))
    .output(wire(Nothing))
    .mutation(({ ctx: { backend, actor }, input }) =>
      answer(Effect.as(backend.push.unsubscribe(actor, input.device), {})),
    ),

  rules: signedIn
    .output(wire(Schema.Array(NoticeRule)))
    .query(({ ctx: { backend, actor } }) => answer(backend.push.rules(actor.id))),

  setRule: signedIn
    .input(wire(NoticeRule))
    .output(wire(Nothing))
    .mutation(({ ctx: { backend, actor }, input }) => answer(Effect.as(backend.push.setRule(actor, input), {}))),

  attend: signedIn
    .input(wire(Attend))
    .output(wire(Nothing))
    .mutation(({ ctx: { backend, actor }, input }) => answer(Effect.as(backend.push.attend(actor, input.room), {}))),
})
