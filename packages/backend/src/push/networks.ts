import { BlockList, isIP } from "node:net"

/** Whether an IP address lies in one of the networks. */
export type Networks = (ip: string) => boolean

/** Networks as `10.0.0.0/8`, or single addresses. */
export const networksOf = (networks: ReadonlyArray<string>): Networks => {
  const list = new BlockList()
  for (const network of networks) {
    const [ip = "", bits] = network.split("/")
    const family = isIP(ip) === 6 ? "ipv6" : "ipv4"
    if (bits === undefined) list.addAddress(ip, family)
    else list.addSubnet(ip, Number(bits), family)
  }
  return (ip) => isIP(ip) !== 0 && list.check(ip, isIP(ip) === 6 ? "ipv6" : "ipv4")
}

/**
 * Addresses that are nobody's in the internet, or whose packets end up at another one: the special-purpose registries
 * of IANA (RFC 6890 and its updates), multicast, and the ways in which IPv6 carries IPv4.
 */
export const isPrivate: Networks = networksOf([
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
  "::/96",
  "::ffff:0:0:0/96",
  "64:ff9b::/96",
  "64:ff9b:1::/48",
  "100::/64",
  "2001::/23",
  "2001:db8::/32",
  "2002::/16",
  "3fff::/20",
  "5f00::/16",
  "fc00::/7",
  "fe80::/10",
  "fec0::/10",
  "ff00::/8",
])
