import { randomUUID } from "node:crypto"
import { Effect, type Scope } from "effect"
import type { DatabaseError } from "../contract.ts"
import { type Driver, databaseError } from "../driver.ts"
import type { Carrier } from "./carrier.ts"
import { Topics } from "./topics.ts"

/**
 * Carries messages by NOTIFY: what was told within 5 ms goes out together, apart from the appends, because a NOTIFY
 * inside them takes a lock on the whole cluster. Every node hears everything, so only short things are told.
 *
 * Each node says every second that it is there. Who hears itself and nobody else for four of them is alone, and tells
 * nothing until another comes: with few messages a NOTIFY for each would cost as much as what it is about.
 */
export const openPostgresCarrier = (
  driver: Driver,
  every = 1_000,
): Effect.Effect<Carrier, DatabaseError, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.tryPromise({
        try: async () => {
          const carrier = new PostgresCarrier(driver, every)
          await carrier.listen()
          return carrier
        },
        catch: databaseError,
      }),
      (carrier) => Effect.promise(() => carrier.stop()),
    ),
    (carrier) => carrier.asCarrier(),
  )

class PostgresCarrier {
  readonly #driver: Driver
  readonly #node = randomUUID()
  readonly #topics = new Topics()
  readonly #every: number
  #heardOthersAt = 0
  #heardSelfAt = 0
  #greeting: NodeJS.Timeout | undefined
  #waiting: Array<readonly [topic: string, message: string]> = []
  #timer: NodeJS.Timeout | undefined
  #sending: Promise<void> = Promise.resolve()
  #unlisten: () => Promise<void> = async () => undefined

  constructor(driver: Driver, every: number) {
    this.#driver = driver
    this.#every = every
  }

  async listen(): Promise<void> {
    this.#unlisten = await this.#driver.listen(
      channel,
      (payload) => this.#heard(payload),
      () => {
        // Somebody may have come while nothing was heard.
        this.#heardOthersAt = performance.now()
        this.#topics.doubt()
      },
    )
    this.#send()
    this.#greeting = setInterval(() => this.#send(), this.#every)
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer)
    clearInterval(this.#greeting)
    if (this.#waiting.length > 0) this.#send()
    await this.#sending
    await this.#unlisten()
  }

  asCarrier(): Carrier {
    return {
      tell: (topic, message) => this.#tell(topic, message),
      hear: (topic, heard) => this.#topics.hear(topic, heard),
      onDoubt: (doubt) => this.#topics.onDoubt(doubt),
      byTopic: false,
    }
  }

  #tell(topic: string, message: string): void {
    if (this.#isAlone || this.#waiting.length >= mostWaiting) return
    this.#waiting.push([topic, message])
    this.#timer ??= setTimeout(() => this.#send(), 5)
  }

  /** Whoever listens and hears nobody. Who does not even hear itself knows nothing, and tells. */
  get #isAlone(): boolean {
    return this.#heardSelfAt - this.#heardOthersAt > 4 * this.#every
  }

  /** One at a time: what is told while a NOTIFY is on its way waits for the next. Nothing to tell is a greeting. */
  #send(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#sending = this.#sending.then(async () => {
      const payloads = packed(this.#node, this.#waiting.splice(0))
      for (const payload of payloads) await this.#driver.notify(channel, payload).catch(isLost)
    })
  }

  /** Anybody may NOTIFY: what has not the shape is not heard. */
  #heard(payload: string): void {
    const [node, ...messages] = listIn(payload)
    if (node === this.#node) {
      this.#heardSelfAt = performance.now()
      return
    }
    this.#heardOthersAt = performance.now()
    for (const message of messages)
      if (Array.isArray(message) && typeof message[0] === "string" && typeof message[1] === "string")
        this.#topics.heard(message[0], message[1])
  }
}

const channel = "roomlog_nodes"
/** Bytes of one NOTIFY; Postgres takes less than 8,000. */
const mostBytes = 7_900
/** Messages that wait for a database which does not answer; more are lost, as the contract allows. */
const mostWaiting = 10_000
const isLost = () => undefined

/** As few payloads as hold all messages, and one that holds none when there are none. What is too long alone is lost. */
const packed = (node: string, messages: ReadonlyArray<readonly [string, string]>): ReadonlyArray<string> => {
  const payloads: Array<string> = []
  let items = ""
  const close = () => {
    if (items !== "") payloads.push(`[${JSON.stringify(node)}${items}]`)
    items = ""
  }
  for (const message of messages) {
    const item = `,${JSON.stringify(message)}`
    if (Buffer.byteLength(items + item) > mostBytes - 50) close()
    if (Buffer.byteLength(item) <= mostBytes - 50) items += item
  }
  close()
  return payloads.length > 0 ? payloads : [`[${JSON.stringify(node)}]`]
}

const listIn = (payload: string): ReadonlyArray<unknown> => {
  try {
    const list: unknown = JSON.parse(payload)
    return Array.isArray(list) ? list : []
  } catch {
    return []
  }
}
