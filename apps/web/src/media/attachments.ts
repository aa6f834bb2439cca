import type { Roomlog, Upload } from "@roomlog/client"
import type { Image, RoomId, StoredImage } from "@roomlog/schemas"
import { limits } from "@roomlog/schemas/limits"
import { type Accessor, createSignal, onCleanup } from "solid-js"

/** An image that waits in the composer. A failed one keeps its file. */
export interface Attachment {
  readonly id: number
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

/** The images of one composer: each is uploaded as soon as it is added. Lives as long as the running owner. */
export const makeAttachments = (roomlog: Roomlog, room: RoomId, refused: (why: string) => void) => {
  const [all, setAll] = createSignal<ReadonlyArray<Attachment>>([])
  const uploads = new Map<number, Upload>()
  let lastId = 0

  const change = (id: number, changes: Partial<Attachment>) =>
    setAll((now) => now.map((one) => (one.id === id ? { ...one, ...changes } : one)))

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
      const id = ++lastId
      const preview = URL.createObjectURL(file)
      setAll((now) => [...now, { id, file, preview, alt: "", progress: 0, stored: null, problem: null }])
      start(id, file)
    }
  }

  const forget = ({ id, preview }: Attachment) => {
    const upload = uploads.get(id)
    uploads.delete(id)
    upload?.cancel()
    URL.revokeObjectURL(preview)
  }

  const remove = (attachment: Attachment) => {
    forget(attachment)
    setAll((now) => now.filter(({ id }) => id !== attachment.id))
  }

  const retry = ({ id, file }: Attachment) => {
    change(id, { problem: null, progress: 0 })
    start(id, file)
  }

  /** Empties the composer and gives what was in it, for a message. */
  const take = (): ReadonlyArray<Image> => {
    const images = all().flatMap(({ stored, alt }) => (stored === null ? [] : [{ ...stored, alt }]))
    for (const { id, preview } of all()) {
      uploads.delete(id)
      URL.revokeObjectURL(preview)
    }
    setAll([])
    return images
  }

  onCleanup(() => all().forEach(forget))
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

const reasonOf = (failure: unknown): string => (failure instanceof Error ? failure.message : "The upload failed.")

const refusal = (file: File, already: number): string | null => {
  if (!types.includes(file.type)) return `${file.name} is not an image that can be sent: PNG, JPEG, WebP, GIF or AVIF.`
  if (file.size > limits.imageBytes) return `${file.name} is larger than ${limits.imageBytes / 1024 / 1024} MB.`
  if (already >= limits.imagesPerMessage) return `A message holds at most ${limits.imagesPerMessage} images.`
  return null
}
