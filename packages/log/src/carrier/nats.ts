import type { NatsConnection, Subscription } from "@nats-io/transport-node"
import { Effect, type Scope } from "effect"
import type { Carrier } from "./carrier.ts"
import { Topics } from "./topics.ts"

export interface NatsOptions {
  /** `nats://[user:password@]host:port`, several separated by commas; `tls://` for TLS. */
  readonly url: string
  /** Before every subject, so that several Roomlogs may share a NATS. No dots at its ends. */
  readonly prefix: string
  /** Told once for each loss and return. */
  readonly onChange?: (is: "connected" | "disconnected") => void
}

/**
 * Carries messages by NATS core: a node is sent only the topics that somebody there hears. A NATS that is not there
 * yet, or no more, is waited for in the background; what is told meanwhile is lost, as the contract allows.
 */
export const openNatsCarrier = (options: NatsOptions): Effect.Effect<Carrier, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => new NatsCarrier(options)),
      (carrier) => Effect.promise(() => carrier.stop()),
    ),
    (carrier) => carrier.asCarrier(),
  )

class NatsCarrier {
  readonly #options: NatsOptions
  readonly #topics = new Topics()
  readonly #subscriptions = new Map<string, Subscription>()
  #connection: NatsConnection | undefined
  #stopped = false

  constructor(options: NatsOptions) {
    this.#options = options
    void this.#connect()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#connection?.close().catch(isLost)
  }

  asCarrier(): Carrier {
    return {
      tell: (topic, message) => {
        if (this.#connection && !this.#connection.isClosed() && Buffer.byteLength(message) <= mostBytes)
          this.#connection.publish(this.#subject(topic), message)
      },
      hear: (topic, heard) => this.#hear(topic, heard),
      onDoubt: (doubt) => this.#topics.onDoubt(doubt),
      byTopic: true,
    }
  }

  #hear(topic: string, heard: (message: string) => void): () => void {
    if (!this.#topics.has(topic)) this.#subscribe(topic)
    return this.#topics.hear(topic, heard, () => {
      this.#subscriptions.get(topic)?.unsubscribe()
      this.#subscriptions.delete(topic)
    })
  }

  #subscribe(topic: string): void {
    if (this.#connection === undefined || this.#connection.isClosed()) return
    const subscription = this.#connection.subscribe(this.#subject(topic), {
      callback: (error, message) => {
        if (error === null) this.#topics.heard(topic, message.string())
      },
    })
    this.#subscriptions.set(topic, subscription)
  }

  #subject(topic: string): string {
    return `${this.#options.prefix}.${topic}`
  }

  async #connect(): Promise<void> {
    // Nodes without NATS start without it.
    const { connect } = await import("@nats-io/transport-node")
    while (!this.#stopped) {
      const connection = await connect({ ...how, ...addressOf(this.#options.url) }).catch(isLost)
      if (connection === undefined) {
        await new Promise((again) => setTimeout(again, 500).unref())
        continue
      }
      this.#connection = connection
      if (this.#stopped) return void (await connection.close().catch(isLost))
      for (const topic of this.#topics.names()) this.#subscribe(topic)
      // The server has the subscriptions before anybody asks the database what was missed.
      await connection.flush().catch(isLost)
      this.#changed("connected")
      void this.#watch(connection)
      return
    }
  }

  /** The library comes back and subscribes again by itself; what was told meanwhile is doubtful. */
  async #watch(connection: NatsConnection): Promise<void> {
    for await (const { type } of connection.status()) {
      if (type === "disconnect") this.#options.onChange?.("disconnected")
      if (type === "reconnect") {
        await connection.flush().catch(isLost)
        this.#changed("connected")
      }
      if (type === "slowConsumer") this.#topics.doubt()
    }
  }

  #changed(is: "connected"): void {
    this.#options.onChange?.(is)
    this.#topics.doubt()
  }
}

const how = {
  noEcho: true,
  maxReconnectAttempts: -1,
  reconnectTimeWait: 250,
  reconnectJitter: 250,
  pingInterval: 2_000,
  maxPingOut: 2,
  timeout: 3_000,
}

/** The client takes servers and credentials apart. */
const addressOf = (urls: string) => {
  const all = urls.split(",").map((url) => new URL(url.trim()))
  const [{ username, password, protocol }] = all as [URL]
  return {
    servers: all.map(({ host }) => host),
    ...(username && password ? { user: decodeURIComponent(username), pass: decodeURIComponent(password) } : {}),
    ...(username && !password ? { token: decodeURIComponent(username) } : {}),
    ...(protocol === "tls:" ? { tls: {} } : {}),
  }
}

/** NATS takes a mebibyte by default. */
const mostBytes = 1_000_000
const isLost = () => undefined
