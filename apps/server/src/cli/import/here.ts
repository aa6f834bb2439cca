import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import {
  type Backend,
  type Imported,
  makeImported,
  type Newcomer,
  openBackend,
  type Rates,
  Rejected,
  run,
  sentence,
} from "@roomlog/backend"
import type { Submission } from "@roomlog/log"
import type { Command, CommandId, MediaKey, Rejection, RoomId, StoredImage, UserId } from "@roomlog/schemas"
import { Effect, Result } from "effect"
import type { Config } from "../../config.ts"
import { openForOperator, partsOf } from "../../database.ts"
import { v7 } from "../../ids.ts"
import { hasLog, withDatabase } from "../open.ts"

/** A file that is an image for a room, by who posted it. */
export interface Offered {
  readonly room: RoomId
  readonly owner: UserId
  readonly path: string
}

/** The Roomlog that takes over, as far as an import needs it. */
export interface Here {
  readonly look: Look
  readonly welcome: (newcomers: ReadonlyArray<Newcomer>) => Promise<void>
  /** Carries out commands in order; gives for each why it was refused, if it was. Throws when the database fails. */
  readonly submit: (commands: ReadonlyArray<Submission<Command>>) => Promise<ReadonlyArray<Rejection | undefined>>
  /** Checks and stores an image, or says why not. The file stays. */
  readonly keep: (image: Offered) => Promise<StoredImage | { readonly problem: string }>
  readonly markRead: (rooms: ReadonlyArray<RoomId>) => Promise<void>
}

/** Works on the Roomlog that the configuration means, which is made when there is none. */
export const withHere = <A>(config: Config, work: (here: Here) => Promise<A>): Promise<A> =>
  Effect.runPromise(
    Effect.scoped(
      Effect.gen(function* () {
        const driver = yield* openForOperator(config)
        const backend = yield* openBackend({
          driver,
          parts: partsOf(config),
          mediaDir: config.mediaDir,
          secret: "imported rooms are public: there are no invitations to them",
          rates: unlimited,
          now: Date.now,
          newId: v7,
        })
        return yield* Effect.tryPromise({ try: () => work(hereOf(backend)), catch: (cause) => cause })
      }),
    ),
  )

/** The same for looking at what would be done: nothing is changed, nor made. */
export const withPretended = <A>(config: Config, work: (here: Here) => Promise<A>): Promise<A> => {
  const { databaseDir } = config
  if (databaseDir !== undefined && !existsSync(join(databaseDir, "pg"))) return work(pretended(nothing))
  return withDatabase(config, async ({ query }) =>
    work(pretended((await hasLog(query)) ? promised(makeImported(query)) : nothing)),
  )
}

type Looked = Pick<Imported, "messages" | "rooms" | "members" | "people">
/** What is here already. */
export type Look = {
  readonly [Key in keyof Looked]: (
    ...asked: Parameters<Looked[Key]>
  ) => Promise<Effect.Success<ReturnType<Looked[Key]>>>
}

const rate = { points: 1_000_000_000, seconds: 1 }
const unlimited: Rates = { posts: rate, joins: rate, uploads: rate, signIns: rate, oldJoins: rate }

const hereOf = ({ log, media }: Pick<Backend, "log" | "media">): Here => {
  const imported = makeImported(log.query)
  return {
    look: promised(imported),
    welcome: (newcomers) => run(imported.welcome(newcomers)),
    markRead: (rooms) => run(imported.markRead(rooms)),
    submit: (commands) =>
      run(
        Effect.all(
          commands.map((command) =>
            log.submit(command).pipe(
              Effect.as(undefined),
              Effect.catchTags({
                Refused: ({ refusal }) => Effect.succeed(refusal),
                CommandReused: ({ command }) =>
                  Effect.succeed<Rejection>({ _tag: "CommandReused", command: command as CommandId }),
              }),
            ),
          ),
          { concurrency: "unbounded" },
        ),
      ),
    keep: async ({ path, ...image }) => {
      const bytes = await readFile(path)
      const kept = await run(Effect.result(media.accept({ room: image.room, owner: { id: image.owner }, bytes })))
      if (Result.isSuccess(kept)) return kept.success
      if (!(kept.failure instanceof Rejected)) throw kept.failure
      const { rejection } = kept.failure
      return { problem: rejection._tag === "InvalidInput" ? rejection.reason : sentence(rejection) }
    },
  }
}

const promised = ({ messages, rooms, members, people }: Looked): Look => ({
  messages: (ids) => run(messages(ids)),
  rooms: (ids, names) => run(rooms(ids, names)),
  members: (ids) => run(members(ids)),
  people: (ids) => run(people(ids)),
})

const none = () => Promise.resolve([])
const nothing: Look = { messages: none, rooms: none, members: none, people: none }

const pretended = (look: Look): Here => ({
  look,
  welcome: () => Promise.resolve(),
  submit: (commands) => Promise.resolve(commands.map(() => undefined)),
  keep: () => Promise.resolve({ key: "" as MediaKey, type: "image/png", width: 0, height: 0, bytes: 0 }),
  markRead: () => Promise.resolve(),
})
