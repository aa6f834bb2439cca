/** What a client of the application before asked, and what it was answered: written from its description and from Django REST framework's ways. */
export interface Recorded {
  readonly what: string
  readonly ask: Ask
  readonly answer: {
    readonly status: number
    readonly headers?: Readonly<Record<string, string | RegExp>>
    /** JSON; markers stand for what differs each time. Left out, it is not looked at. */
    readonly body?: unknown
  }
}

export interface Ask {
  readonly method?: string
  /** `{name}` is the id of that name. */
  readonly path: string
  /** Whose session cookie goes along. */
  readonly as?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly json?: unknown
  readonly form?: Readonly<Record<string, string>>
  readonly multipart?: Readonly<Record<string, string | Blob>>
}

/** Stands for something that differs each time. */
export class Marker {
  readonly kind: "id" | "time" | "image" | "address"
  readonly name: string
  constructor(kind: Marker["kind"], name = "") {
    this.kind = kind
    this.name = name
  }
}

/** An integer that is the same wherever this name stands, and another one than all others. */
export const id = (name: string): Marker => new Marker("id", name)
/** An absolute address: this path under the server's own. */
export const address = (path: string): Marker => new Marker("address", path)
/** ISO 8601 in UTC. */
export const time = new Marker("time")
/** Path of a stored image. */
export const image = new Marker("image")
