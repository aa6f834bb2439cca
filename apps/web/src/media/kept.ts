import type { StoredImage } from "@roomlog/schemas"

/** An image of a composer as it is kept over a reload. */
export interface Kept {
  readonly key: string
  /** Whose composer it is in: of a person, in a room. */
  readonly place: string
  readonly file: File
  readonly alt: string
  readonly stored: StoredImage | null
  /** When it was put there, in ms since 1970. */
  readonly at: number
}

/** How long files are kept for a window that does not come back, in milliseconds. */
const longest = 7 * 24 * 60 * 60 * 1_000
/** How long the server surely keeps an image that no message shows yet, in milliseconds. */
const storedFor = 60 * 60 * 1_000

/** Keeps an image for this window. */
export const keep = (image: Kept): Promise<unknown> =>
  done("readwrite", (files) => files.put({ ...image, window: thisWindow() }))

export const drop = (key: string): Promise<unknown> => done("readwrite", (files) => files.delete(key))

/** What this window kept for a place, oldest first. What nobody came back for is thrown away. */
export const keptAt = async (place: string): Promise<ReadonlyArray<Kept>> => {
  const now = Date.now()
  const mine = thisWindow()
  const all = await done<ReadonlyArray<Kept & { readonly window: string }>>("readonly", (files) => files.getAll())
  for (const { key } of all.filter(({ at }) => now - at > longest)) await drop(key)
  return all
    .filter((one) => one.place === place && one.window === mine && now - one.at <= longest)
    .sort((a, b) => a.at - b.at)
    .map((one) => (now - one.at > storedFor ? { ...one, stored: null } : one))
}

const done = async <T>(mode: IDBTransactionMode, ask: (files: IDBObjectStore) => IDBRequest): Promise<T> => {
  const database = await opened()
  try {
    return await answer<T>(ask(database.transaction(name, mode).objectStore(name)))
  } finally {
    database.close()
  }
}

const name = "files"

const opened = (): Promise<IDBDatabase> => {
  const request = indexedDB.open("roomlog", 1)
  request.onupgradeneeded = () => request.result.createObjectStore(name, { keyPath: "key" })
  return answer(request)
}

const answer = <T>(request: IDBRequest): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result as T)
    request.onerror = () => reject(request.error)
  })

/** The name of this window, which it keeps over reloads. */
const thisWindow = (): string => {
  try {
    const name = sessionStorage.getItem("roomlog.window") ?? `${Date.now()}-${Math.random()}`
    sessionStorage.setItem("roomlog.window", name)
    return name
  } catch {
    return ""
  }
}
