import { once } from "node:events"
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net"

export interface Target {
  readonly host: string
  readonly port: number
}

/** A direction through the proxy. */
export type Way = "toTarget" | "toClient"

/** What the proxy did so far: a test proves by it that a fault met somebody. */
export interface Counts {
  readonly accepted: number
  /** Connections that `cut` ended. */
  readonly cut: number
  /** Bytes that were handed on. */
  readonly passed: Readonly<Record<Way, number>>
  /** Bytes that came to a closed gate: a black hole, or the dead direction of a half-open connection. */
  readonly held: Readonly<Record<Way, number>>
}

/** A network that can be broken, between a client and a TCP server. */
export interface TcpProxy {
  readonly port: number
  /** The same address with the proxy between, such as that of a Postgres. */
  readonly url: (of: string) => string
  /** Resets every connection (RST both ways), and says how many. */
  readonly cut: () => number
  /** Keeps and accepts connections, but nothing arrives, closing included; what was held goes on when it is healed. */
  readonly blackHole: (on: boolean) => void
  /** One direction dies silently, the other one works: the target is heard no more, or hears no more. */
  readonly halfOpen: (dead: Way | false) => void
  /** Everything arrives so many milliseconds later, in order. */
  readonly delay: (milliseconds: number) => void
  /** Everything arrives in pieces of so many bytes; 0 is whole. */
  readonly trickle: (bytesPerWrite: number) => void
  /** Ends every fault. */
  readonly heal: () => void
  /** Connections that are open now. */
  readonly connections: () => number
  readonly counts: () => Counts
  readonly close: () => Promise<void>
}

/** Bytes of one direction that wait here before its sender is told to wait. */
const mostWaiting = 256 * 1024

/**
 * Node takes one connection from each listener in a turn of its loop; a network under load is not so slow. Only some
 * systems let several listen on one port.
 */
const listeners = process.platform === "linux" ? 16 : 1

/** Starts one on a free port of 127.0.0.1. */
export const startTcpProxy = async ({ host, port }: Target): Promise<TcpProxy> => {
  const faults = new Faults()
  const open = new Set<readonly [Socket, Socket]>()
  let accepted = 0
  let cut = 0
  const take = (client: Socket): void => {
    accepted++
    const target = connect({ host, port, allowHalfOpen: true })
    const pair = [client, target] as const
    open.add(pair)
    for (const socket of pair) {
      socket.setNoDelay(true)
      socket.on("close", () => client.destroyed && target.destroyed && open.delete(pair))
    }
    carry(client, target, "toTarget", faults)
    carry(target, client, "toClient", faults)
  }
  const servers: Server[] = []
  let own = 0
  while (servers.length < listeners) {
    const server = createServer({ allowHalfOpen: true }, take)
    server.listen({ port: own, host: "127.0.0.1", reusePort: listeners > 1 })
    await once(server, "listening")
    own = (server.address() as AddressInfo).port
    servers.push(server)
  }

  const cutAll = (): number => {
    const pairs = [...open]
    open.clear()
    for (const socket of pairs.flat()) socket.resetAndDestroy()
    cut += pairs.length
    return pairs.length
  }
  return {
    port: own,
    url: (of) => {
      const url = new URL(of)
      url.hostname = "127.0.0.1"
      url.port = String(own)
      return url.href
    },
    cut: cutAll,
    blackHole: (on) => {
      faults.hold("toTarget", on)
      faults.hold("toClient", on)
    },
    halfOpen: (dead) => {
      faults.hold("toTarget", dead === "toTarget")
      faults.hold("toClient", dead === "toClient")
    },
    delay: (milliseconds) => faults.slow({ delay: milliseconds }),
    trickle: (bytesPerWrite) => faults.slow({ piece: bytesPerWrite }),
    heal: () => faults.heal(),
    connections: () => open.size,
    counts: () => ({ accepted, cut, passed: { ...faults.passed }, held: { ...faults.held } }),
    close: async () => {
      const closed = servers.map((server) => once(server, "close"))
      for (const server of servers) server.close()
      cutAll()
      faults.heal()
      await Promise.all(closed)
    },
  }
}

/** What is wrong with the network at the moment. */
class Faults {
  delay = 0
  piece = 0
  readonly passed = { toTarget: 0, toClient: 0 }
  readonly held = { toTarget: 0, toClient: 0 }
  readonly #gates: Partial<Record<Way, PromiseWithResolvers<void>>> = {}

  hold(way: Way, on: boolean): void {
    const gate = this.#gates[way]
    if (on && gate === undefined) this.#gates[way] = Promise.withResolvers<void>()
    if (on || gate === undefined) return
    delete this.#gates[way]
    gate.resolve()
  }

  slow({ delay = this.delay, piece = this.piece }: { readonly delay?: number; readonly piece?: number }): void {
    this.delay = delay
    this.piece = piece
  }

  heal(): void {
    this.slow({ delay: 0, piece: 0 })
    this.hold("toTarget", false)
    this.hold("toClient", false)
  }

  /** Resolves when this way is open; bytes that have to wait are counted. */
  async through(way: Way, bytes: number): Promise<void> {
    if (this.#gates[way] !== undefined) this.held[way] += bytes
    for (let gate = this.#gates[way]; gate !== undefined; gate = this.#gates[way]) await gate.promise
  }
}

/** Hands on what one side says to the other, its end and its failure included, as the faults of the moment allow. */
const carry = (from: Socket, to: Socket, way: Way, faults: Faults): void => {
  let waiting = 0
  let last: Promise<void> = Promise.resolve()
  const inTurn = (step: () => Promise<void> | void): void => {
    const due = faults.delay === 0 ? 0 : Date.now() + faults.delay
    last = last.then(async () => {
      const early = due - Date.now()
      if (early > 0) await new Promise((resolve) => setTimeout(resolve, early))
      await step()
    })
  }
  from.on("data", (chunk: Buffer) => {
    waiting += chunk.length
    if (waiting > mostWaiting) from.pause()
    inTurn(async () => {
      await faults.through(way, chunk.length)
      await write(to, chunk, faults.piece)
      faults.passed[way] += chunk.length
      waiting -= chunk.length
      if (waiting <= mostWaiting) from.resume()
    })
  })
  from.on("end", () => inTurn(() => faults.through(way, 0).then(() => void to.end())))
  from.on("error", () => inTurn(() => faults.through(way, 0).then(() => void to.resetAndDestroy())))
  from.on("close", () => inTurn(() => faults.through(way, 0).then(() => void to.destroySoon())))
}

const write = async (to: Socket, chunk: Buffer, piece: number): Promise<void> => {
  const size = piece > 0 ? piece : chunk.length
  for (let at = 0; at < chunk.length && to.writable; at += size)
    await new Promise<void>((resolve) => to.write(chunk.subarray(at, at + size), () => resolve()))
}
