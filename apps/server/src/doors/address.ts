import type { IncomingHttpHeaders } from "node:http"
import { BlockList, isIP } from "node:net"

/** The address that a request comes from: of the one who connected, unless that is a proxy that we trust. */
export type AddressOf = (connected: string | undefined, headers: IncomingHttpHeaders) => string

/**
 * Believes X-Forwarded-For as far as trusted proxies wrote it: from its end backwards to the first address that is not
 * one of theirs. What a stranger puts there changes nothing. `trusted` are addresses, or networks as 10.0.0.0/8.
 */
export const makeAddressOf = (trusted: ReadonlyArray<string>): AddressOf => {
  const proxies = listOf(trusted)
  const isTrusted = (address: string): boolean => isIP(address) !== 0 && proxies.check(address, familyOf(address))
  return (connected, headers) => {
    let address = plain(connected ?? "")
    for (const hop of hopsOf(headers)) {
      if (!isTrusted(address) || isIP(hop) === 0) break
      address = hop
    }
    return address
  }
}

const listOf = (networks: ReadonlyArray<string>): BlockList => {
  const list = new BlockList()
  for (const network of networks) {
    const [address = "", bits] = network.split("/")
    if (bits === undefined) list.addAddress(address, familyOf(address))
    else list.addSubnet(address, Number(bits), familyOf(address))
  }
  return list
}

const familyOf = (address: string): "ipv4" | "ipv6" => (isIP(address) === 6 ? "ipv6" : "ipv4")

/** Who handed the request on, the nearest first. */
const hopsOf = (headers: IncomingHttpHeaders): ReadonlyArray<string> =>
  [headers["x-forwarded-for"] ?? []]
    .flat()
    .flatMap((line) => line.split(","))
    .map((hop) => plain(hop.trim()))
    .reverse()

/** Without the port that some proxies add, and an IPv4 address in its own form: a socket for both says ::ffff:192.0.2.1. */
const plain = (address: string): string => {
  const bare = /^\[(.*)\](?::\d+)?$/.exec(address)?.[1] ?? address.replace(/^([\d.]+):\d+$/, "$1")
  return bare.replace(/^::ffff:(?=[\d.]+$)/i, "")
}
