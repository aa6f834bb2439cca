/** Does what one socket asks for in the order in which it was asked, one thing at a time. */
export class Turns {
  readonly #most: { readonly count: number; readonly size: number }
  #last: Promise<void> = Promise.resolve()
  #count = 0
  #size = 0

  constructor(most: { readonly count: number; readonly size: number }) {
    this.#most = most
  }

  /** Queues a job of some size; false when too much is waiting. The job must not throw. */
  take(size: number, job: () => Promise<void>): boolean {
    if (this.#count >= this.#most.count || this.#size + size > this.#most.size) return false
    this.#count += 1
    this.#size += size
    this.finish(async () => {
      await job()
      this.#count -= 1
      this.#size -= size
    })
    return true
  }

  /** Queues a last job, whatever is waiting. */
  finish(job: () => Promise<void> | void): void {
    this.#last = this.#last.then(job)
  }
}
