import { Profile, Session, SignIn } from "@roomlog/schemas"
import { Effect, Schema } from "effect"
import { answer, open, router, signedIn, wire } from "../trpc.ts"

const Nothing = Schema.Struct({})

/** Who is who. */
export const identityRouter = router({
  signIn: open
    .input(wire(SignIn))
    .output(wire(Session))
    .mutation(({ ctx: { backend, address, setSession }, input }) =>
      answer(
        backend.spend("signIns", address).pipe(
          Effect.andThen(backend.identity.signIn(input.name)),
          Effect.tap((session) => Effect.sync(() => setSession?.(session.token))),
        ),
      ),
    ),

  signOut: signedIn.output(wire(Nothing)).mutation(({ ctx: { backend, actor, setSession } }) => {
    setSession?.(null)
    return answer(actor.session ? Effect.as(backend.identity.signOut(actor.session), {}) : Effect.succeed({}))
  }),

  me: open
    .output(wire(Schema.NullOr(Profile)))
    .query(({ ctx: { actor } }) => (actor ? { id: actor.id, name: actor.name } : null)),
})
