import { randomBytes } from "node:crypto"
import { extname } from "node:path"
import { type Rejection, RoomId, type StoredImage, UserId } from "@roomlog/schemas"
import { Effect, Schema } from "effect"
import { createRouteHandler, createUploadthing, UploadThingError, UTFiles } from "uploadthing/server"
import { run } from "../edge.ts"
import { Rejected, reject, sentence } from "../rejected.ts"
import { otherKind, refusedSize } from "./kind.ts"
import type { Media } from "./media.ts"
import type { ActorOf } from "./serve.ts"

/** Where UploadThing's server finds its service, or what stands in for it. */
export interface Service {
  readonly token: string
  readonly fetch: typeof globalThis.fetch
  /** Where the service tells that a file is there. */
  readonly callbackUrl: string
  /** Left out, the service's own. */
  readonly ingestUrl?: string
  /** Whether answers wait for what they set off. */
  readonly daemon: "await" | "void"
}

export interface UploadNeeds {
  readonly media: Pick<Media, "admit" | "keep">
  readonly actorOf: ActorOf
  /** Brings an uploaded file into the incoming folder and answers its path. */
  readonly bring: (file: { readonly key: string; readonly ufsUrl: string }) => Promise<string>
}

/** What the client gets as `serverData`: the image, or why it was refused. */
export type Uploaded = StoredImage | { readonly error: string }

/** UploadThing's server: gives leave to upload one image to a room, and keeps the image when it is there. */
export const makeUploadRoute = (needs: UploadNeeds, service: Service): ((request: Request) => Promise<Response>) =>
  createRouteHandler({
    router: makeRouter(needs),
    config: {
      token: service.token,
      fetch: service.fetch,
      callbackUrl: service.callbackUrl,
      isDev: false,
      handleDaemonPromise: service.daemon,
      logLevel: "Error",
      ...(service.ingestUrl === undefined ? {} : { ingestUrl: service.ingestUrl }),
    },
  })

/** The routes as their client sees them: `genUploader<UploadRouter>()`. */
export type UploadRouter = ReturnType<typeof makeRouter>

const makeRouter = ({ media, actorOf, bring }: UploadNeeds) => {
  const route = createUploadthing({ errorFormatter: forPeople })
  // Its sizes are powers of two; the middleware holds uploads against our own limit.
  return {
    image: route({ image: { maxFileSize: "32MB", maxFileCount: 1 } }, { getFileHashParts: () => [randomName()] })
      .input(Schema.toStandardSchemaV1(Schema.Struct({ room: RoomId })))
      .middleware(async ({ req, files, input }) => {
        const actor = await actorOf(credentials(req.headers))
        return leave(admitted({ media, owner: actor?.id, files, room: input.room }))
      })
      .onUploadComplete(async ({ file, metadata }): Promise<Uploaded> => {
        if (!file.name.startsWith(metadata.upload)) return { error: "Two uploads got mixed up. Upload it again." }
        return run(kept({ media, bring }, file, metadata))
      }),
  }
}

interface Wanted {
  readonly media: Pick<Media, "admit">
  readonly owner: UserId | undefined
  readonly files: ReadonlyArray<{ readonly name: string; readonly size: number; readonly type: string }>
  readonly room: RoomId
}

/** What the service keeps of an upload. The file's own name stays with the person. */
const admitted = Effect.fnUntraced(function* ({ media, owner, files, room }: Wanted) {
  if (owner === undefined) return yield* reject({ _tag: "NotSignedIn" })
  const [file, another] = files
  if (file === undefined || another !== undefined) return yield* noImage("Upload one image at a time.")
  if (!isMaybeImage(file.type)) return yield* noImage(otherKind)
  const wrongSize = refusedSize(file.size)
  if (wrongSize !== undefined) return yield* noImage(wrongSize)
  yield* media.admit(room, owner)
  const upload = randomName()
  return { room, owner, upload, [UTFiles]: [{ ...file, name: `${upload}${extname(file.name)}` }] }
})

const kept = Effect.fnUntraced(
  function* (
    { media, bring }: Pick<UploadNeeds, "bring"> & { readonly media: Pick<Media, "keep"> },
    file: { readonly key: string; readonly ufsUrl: string },
    { room, owner }: { readonly room: string; readonly owner: string },
  ) {
    const path = yield* Effect.promise(() => bring(file))
    const uploaded: Uploaded = yield* media.keep({ room: RoomId.make(room), owner: { id: UserId.make(owner) }, path })
    return uploaded
  },
  Effect.catchTag("Rejected", ({ rejection }) => Effect.succeed<Uploaded>({ error: plain(rejection) })),
  Effect.tapCause((cause) => Effect.logError("An uploaded image could not be kept", cause)),
  Effect.catchCause(() => Effect.succeed<Uploaded>({ error: "The server could not keep the image. Try again." })),
)

/** Carries an Effect out into UploadThing. */
const leave = async <A, E>(effect: Effect.Effect<A, E>): Promise<A> => {
  try {
    return await run(effect.pipe(Effect.tapError(logUnlessRejected)))
  } catch (cause) {
    // The library writes down what it catches, with everything in it.
    if (!(cause instanceof Rejected)) throw new UploadThingError({ code: "INTERNAL_SERVER_ERROR", message: "failed" })
    const { rejection } = cause
    throw new UploadThingError({ code: codeOf(rejection), message: plain(rejection), data: { rejection } })
  }
}

const logUnlessRejected = (error: unknown) =>
  error instanceof Rejected ? Effect.void : Effect.logError("An upload could not be admitted", error)

const codeOf = ({ _tag }: Rejection): "FORBIDDEN" | "NOT_FOUND" | "BAD_REQUEST" => {
  if (_tag === "RoomNotFound") return "NOT_FOUND"
  return _tag === "InvalidInput" ? "BAD_REQUEST" : "FORBIDDEN"
}

/** UploadThing's own errors have no words for people; ours have, and their rejection besides. */
const forPeople = ({ code, message, data }: { readonly code: string; readonly message: string; data?: unknown }) => {
  if (isOurs(data)) return { message, rejection: { ...data.rejection } }
  return { message: code === "BAD_REQUEST" ? "This upload was not understood." : "Something went wrong. Try again." }
}

const isOurs = (data: unknown): data is { readonly rejection: Rejection } =>
  typeof data === "object" && data !== null && "rejection" in data

/** What is wrong with an image, without the field's name before it. */
const plain = (no: Rejection): string => (no._tag === "InvalidInput" && no.field === "image" ? no.reason : sentence(no))

const noImage = (reason: string) => reject({ _tag: "InvalidInput", field: "image", reason })

/** By the type that the client names, to refuse early; the bytes decide. */
const isMaybeImage = (type: string): boolean => /^image\/(?!svg)/i.test(type) || type === ""

const credentials = (headers: Headers) => {
  const authorization = headers.get("authorization")
  const cookie = headers.get("cookie")
  return { ...(authorization ? { authorization } : {}), ...(cookie ? { cookie } : {}) }
}

const randomName = (): string => randomBytes(16).toString("hex")
