import type { Rejection } from "@roomlog/schemas"

/** No answer, or one that says nothing about the command: it may have been carried out or not. */
export class Lost extends Error {
  readonly why: "connection" | "time-out" | "internal"

  constructor(why: Lost["why"], message: string) {
    super(message)
    this.why = why
  }
}

/** The server judged and said no. */
export class Refused extends Error {
  readonly rejection: Rejection

  constructor(rejection: Rejection) {
    super(JSON.stringify(rejection))
    this.rejection = rejection
  }
}

/** Whom to ask, as whom, and for how many milliseconds to wait. */
export interface Where {
  readonly url: string
  readonly token?: string
  readonly within?: number
}

/** Asks a node to change something. Fails with `Lost` or `Refused` and nothing else. */
export const tell = <A>(where: Where, path: string, input: object): Promise<A> =>
  answer(where, `${where.url}/trpc/${path}`, { method: "POST", body: JSON.stringify(input) })

/** Asks a node what it knows. Fails with `Lost` or `Refused` and nothing else. */
export const ask = <A>(where: Where, path: string, input: object): Promise<A> =>
  answer(where, `${where.url}/trpc/${path}?input=${encodeURIComponent(JSON.stringify(input))}`, {})

interface Said<A> {
  readonly result?: { readonly data: A }
  readonly error?: { readonly message: string; readonly data: { readonly rejection?: Rejection } }
}

const answer = async <A>({ token, within = 10_000 }: Where, url: string, what: RequestInit): Promise<A> => {
  const headers = { "content-type": "application/json", ...(token ? { authorization: `Bearer ${token}` } : {}) }
  const { result, error } = await fetch(url, { ...what, headers, signal: AbortSignal.timeout(within) })
    .then((response) => response.json() as Promise<Said<A>>)
    .catch((cause: Error) => {
      throw new Lost(cause.name === "TimeoutError" ? "time-out" : "connection", String(cause))
    })
  if (result !== undefined) return result.data
  if (error?.data.rejection !== undefined) throw new Refused(error.data.rejection)
  throw new Lost("internal", error?.message ?? "no answer")
}
