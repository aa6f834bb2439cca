import type { IncomingMessage, ServerResponse } from "node:http"
import { join } from "node:path"
import { mediaPath, thumbPath } from "@roomlog/schemas/paths"
import { download } from "./download.ts"
import { makeIngest } from "./ingest.ts"
import type { Media } from "./media.ts"
import { ingestBase } from "./presigned.ts"
import { type ActorOf, serveImages } from "./serve.ts"
import { say, speakFetch } from "./speak.ts"
import type { makeUploadRoute } from "./uploadRoute.ts"

export interface MediaDoorNeeds {
  readonly media: Media
  readonly actorOf: ActorOf
  /** The address that people use, known once the port is bound. */
  readonly origin: () => string
  /** Signs leaves to upload; the same on every node. */
  readonly secret: string
  readonly now: () => number
  /** Token of the UploadThing service; empty or left out, images are taken in here. */
  readonly uploadthingToken?: string
  /** The network, for the UploadThing service. */
  readonly fetch?: typeof globalThis.fetch
  /** Told of faults inside. */
  readonly failed?: (cause: unknown, request: IncomingMessage) => void
}

const thumbs = thumbPath("").replace(/[^/]*$/, "")

type Door = (request: IncomingMessage, response: ServerResponse) => void

const route = "/api/uploadthing"
/** Bytes of a request to UploadThing's server: names of files, or what its service tells. */
const most = 64 * 1024

/** The doors of images, by path: uploading, the ingest of files when no service is used, and looking at them. */
export const mountMedia = (needs: MediaDoorNeeds): ReadonlyArray<readonly [path: string, door: Door]> => {
  const isOurs = !needs.uploadthingToken
  const { handler, ingest } = isOurs ? takenInHere(needs) : takenInByService(needs, needs.uploadthingToken)
  return [
    [route, safely(needs, (...pair) => speakFetch(pair, needs.origin(), { handler, most }))],
    ...(ingest ? [["/ingest/", safely(needs, ingest)] as const] : []),
    [mediaPath(""), safely(needs, serveImages(needs.media.open, needs.actorOf, mediaPath("")))],
    [thumbs, safely(needs, serveImages(needs.media.openThumb, needs.actorOf, thumbs))],
  ]
}

/** UploadThing's server and an ingest of our own, which speak to each other without a network. */
const takenInHere = ({ media, actorOf, origin, secret, now }: MediaDoorNeeds) => {
  const ingest = makeIngest({
    folder: media.incoming,
    secret,
    now,
    callback: (request) => upload(request),
    addressOf: ({ key }) => origin() + mediaPath(key),
  })
  const upload = whenNeeded(() => [
    { media, actorOf, bring: async ({ ufsUrl }) => ingest.pathOf(ufsUrl) },
    {
      token: ingest.token,
      fetch: (input, init) => ingest.fetch(new Request(input, init)),
      callbackUrl: new URL(route, ingestBase).href,
      ingestUrl: ingestBase,
      daemon: "await",
    },
  ])
  /** A page uploads to where it came from, whichever of our addresses that is. */
  const handler = async (request: Request): Promise<Response> => {
    const answer = await upload(request)
    const to = request.headers.get("origin") ?? origin()
    return new Response((await answer.text()).replaceAll(ingestBase, `${to}/ingest`), answer)
  }
  return { handler, ingest: ingest.door }
}

/** UploadThing's server with its real service, from which every image is brought home. */
const takenInByService = (
  { media, actorOf, origin, fetch = globalThis.fetch }: MediaDoorNeeds,
  token: string | undefined,
) => {
  const bring = async ({ key, ufsUrl }: { readonly key: string; readonly ufsUrl: string }): Promise<string> => {
    const path = join(media.incoming, `${key.replaceAll(/[^\w-]/g, "")}.part`)
    await download(ufsUrl, path, fetch)
    return path
  }
  const handler = whenNeeded(() => [
    { media, actorOf, bring },
    { token: token ?? "", fetch, callbackUrl: origin() + route, daemon: "void" },
  ])
  return { handler, ingest: undefined }
}

/** UploadThing's server, loaded for the first upload: it takes as long to load as nearly all the rest. */
const whenNeeded = (sources: () => Parameters<typeof makeUploadRoute>) => {
  let made: Promise<ReturnType<typeof makeUploadRoute>> | undefined
  return async (request: Request): Promise<Response> => {
    made ??= import("./uploadRoute.ts").then(({ makeUploadRoute }) => makeUploadRoute(...sources()))
    return (await made)(request)
  }
}

/** A fault inside is told to the log, and to the caller only that it was one. */
const safely =
  (
    { failed = silently }: Pick<MediaDoorNeeds, "failed">,
    door: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
  ): Door =>
  (request, response) => {
    door(request, response).catch((cause: unknown) => {
      if (response.headersSent || request.destroyed) response.destroy()
      else say(response, 500, { detail: "Something went wrong inside the server." })
      failed(cause, request)
    })
  }

const silently = () => undefined
