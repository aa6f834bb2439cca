import type { Roomlog, Upload } from "@roomlog/client"
import type { Image, RoomId, StoredImage } from "@roomlog/schemas"
import { limits } from "@roomlog/schemas/limits"
import { type Accessor, createSignal, onCleanup } from "solid-js"
import { drop, type Kept, keep, keptAt } from "./kept.ts"

/** An image that waits in the composer. A failed one keeps its file. */
export interface Attachment {
  readonly id: number
  /** Its name in the store of this browser. */
  readonly key: string
  readonly file: File
  /** Address of the picture on this machine. */
  readonly preview: string
  readonly alt: string
  /** 0 to 100. */
  readonly progress: number
  readonly stored: StoredImage | null
  readonly problem: string | null
}

export type Attachments = ReturnType<typeof makeAttachments>

const types = ["image/png", "image/jpeg", "image/webp", "image/gif", "image/avif"]
/** What a file picker offers. */
export const accepted = types.join(",")

/** The images of one composer: each is uploaded as soon as it is added, and is there again after a reload. Lives as long as the running owner. */
export const makeAttachments = (roomlog: Roomlog, room: RoomId, refused: (why: string) => void) => {
  const [all, setAll] = createSignal<ReadonlyArray<Attachment>>([])
  const uploads = new Map<number, Upload>()
  const store = makeStore(`${roomlog.me.get()?.id} ${room}`)
  let lastId = 0

  const change = (id: number, changes: Partial<Attachment>) => {
    setAll((now) => now.map((one) => (one.id === id ? { ...one, ...changes } : one)))
    const changed = all().find((one) => one.id === id)
    if (changed !== undefined && ("stored" in changes || "alt" in changes)) store.keep(changed)
  }

  const start = (id: number, file: File) => {
    const upload = roomlog.upload(room, file)
    uploads.set(id, upload)
    const current = () => uploads.get(id) === upload
    const off = upload.progress.watch((progress) => current() && change(id, { progress }))
    upload.done
      .then(
        (stored) => current() && change(id, { stored, progress: 100 }),
        (failure: unknown) => current() && change(id, { problem: reasonOf(failure) }),
      )
      .finally(off)
  }

  const add = (files: Iterable<File>) => {
    for (const file of files) {
      const problem = refusal(file, all().length)
      if (problem !== null) {
        refused(problem)
        continue
      }
      put({ key: `${Date.now()} ${Math.random()}`, file, alt: "", stored: null })
      store.keep(all().at(-1)!)
    }
  }

  const put = ({ key, file, alt, stored }: Pick<Attachment, "key" | "file" | "alt" | "stored">) => {
    const id = ++lastId
    const preview = URL.createObjectURL(file)
    setAll((now) => [...now, { id, key, file, preview, alt, progress: stored ? 100 : 0, stored, problem: null }])
    if (stored === null) start(id, file)
  }

  const forget = ({ id, preview }: Attachment) => {
    const upload = uploads.get(id)
    uploads.delete(id)
    upload?.cancel()
    URL.revokeObjectURL(preview)
  }

  const remove = (attachment: Attachment) => {
    forget(attachment)
    store.drop(attachment.key)
    setAll((now) => now.filter(({ id }) => id !== attachment.id))
  }

  const retry = ({ id, file }: Attachment) => {
    change(id, { problem: null, progress: 0 })
    start(id, file)
  }

  /** Empties the composer and gives what was in it, for a message. */
  const take = (): ReadonlyArray<Image> => {
    const images = all().flatMap(({ stored, alt }) => (stored === null ? [] : [{ ...stored, alt }]))
    for (const { id, key, preview } of all()) {
      uploads.delete(id)
      store.drop(key)
      URL.revokeObjectURL(preview)
    }
    setAll([])
    return images
  }

  let isOver = false
  const isNew = ({ key }: Kept) => all().every((one) => one.key !== key)
  store.all().then((kept) => isOver || kept.filter(isNew).forEach(put))
  onCleanup(() => {
    isOver = true
    all().forEach(forget)
  })
  return {
    all: all as Accessor<ReadonlyArray<Attachment>>,
    add,
    remove,
    retry,
    take,
    describe: (id: number, alt: string) => change(id, { alt }),
    /** Whether all are uploaded. */
    ready: () => all().every(({ stored }) => stored !== null),
    /** Whether any failed. */
    failed: () => all().some(({ problem }) => problem !== null),
  }
}

/** The store of one composer, in order; a browser without one keeps nothing. */
const makeStore = (place: string) => {
  let working: Promise<unknown> = Promise.resolve()
  const then = (work: () => Promise<unknown>) => {
    working = working.then(work).catch(() => {})
  }
  return {
    keep: ({ key, file, alt, stored }: Attachment) => {
      const at = Number.parseInt(key, 10)
      then(() => keep({ key, place, file, alt, stored, at }))
    },
    drop: (key: string) => then(() => drop(key)),
    all: () => keptAt(place).catch((): ReadonlyArray<Kept> => []),
  }
}

const reasonOf = (failure: unknown): string => (failure instanceof Error ? failure.message : "The upload failed.")

const refusal = (file: File, already: number): string | null => {
  if (!types.includes(file.type)) return `${file.name} is not an image that can be sent: PNG, JPEG, WebP, GIF or AVIF.`
  if (file.size > limits.imageBytes) return `${file.name} is larger than ${limits.imageBytes / 1024 / 1024} MB.`
  if (already >= limits.imagesPerMessage) return `A message holds at most ${limits.imagesPerMessage} images.`
  return null
}
