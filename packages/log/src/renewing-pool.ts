import { DatabaseError } from "./contract.ts"

/** What a pool of connections can be asked to do here. */
interface Endable {
  readonly end: (options: { readonly timeout: number }) => Promise<void>
}

/**
 * A pool that is replaced when it leaves a question unanswered for longer than any answer can take: a driver may lose
 * a connection without noticing, and would keep the question for ever. Who asked is told that the connection was lost.
 */
export class RenewingPool<Pool extends Endable> {
  readonly #open: () => Pool
  readonly #deadline: number
  #pool: Pool

  /** `deadline` in milliseconds; 0 is for ever. Throws what `open` throws. */
  constructor(open: () => Pool, deadline: number) {
    this.#open = open
    this.#deadline = deadline
    this.#pool = open()
  }

  get pool(): Pool {
    return this.#pool
  }

  async ask<A>(question: (pool: Pool) => Promise<A>): Promise<A> {
    const pool = this.#pool
    if (this.#deadline === 0) return question(pool)
    const late = Promise.withResolvers<never>()
    const clock = setTimeout(() => {
      this.#renew(pool)
      late.reject(new DatabaseError({ code: "connection", message: "The database connection gave no answer." }))
    }, this.#deadline)
    try {
      return await Promise.race([question(pool), late.promise])
    } finally {
      clearTimeout(clock)
    }
  }

  async end(): Promise<void> {
    await this.#pool.end({ timeout: 5 }).catch(() => undefined)
  }

  #renew(pool: Pool): void {
    if (this.#pool !== pool) return
    this.#pool = this.#open()
    void pool.end({ timeout: 0 }).catch(() => undefined)
  }
}
