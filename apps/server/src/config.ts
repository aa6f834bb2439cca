import { isIP } from "node:net"
import { hostname } from "node:os"
import { join, resolve } from "node:path"
import { defaultRates, type Rates } from "@roomlog/backend"

/** One variable of the environment: what it means, what it is when it is not set, and how its text is read. */
export interface Variable<Value> {
  readonly name: string
  readonly fallback: string
  readonly meaning: string
  /** The value, or a sentence that says what is wrong with the text. */
  readonly read: (text: string) => { readonly value: Value } | { readonly problem: string }
}

const number = (least: number, most: number) => (text: string) => {
  const value = Number(text)
  return text.trim() !== "" && Number.isInteger(value) && value >= least && value <= most
    ? { value }
    : { problem: `must be a whole number from ${least} to ${most}` }
}
const text = (value: string) => ({ value })
const address =
  (...protocols: string[]) =>
  (value: string) =>
    value === "" || isAddress(value, protocols)
      ? { value }
      : { problem: `must be an address that begins with ${protocols.map(beginning).join(" or ")}` }
const beginning = (protocol: string): string => (protocol === "mailto:" ? protocol : `${protocol}//`)
const isAddress = (value: string, protocols: ReadonlyArray<string>): boolean =>
  URL.canParse(value) && protocols.includes(new URL(value).protocol)
const natsAddresses = (value: string) =>
  list(value).every((one) => isAddress(one, ["nats:", "tls:"]))
    ? { value }
    : { problem: "must be addresses that begin with nats:// or tls://, separated by commas" }
const oneOf =
  <One extends string>(...values: One[]) =>
  (text: string) => {
    const value = values.find((one) => one === text)
    return value === undefined ? { problem: `must be one of ${values.join(", ")}` } : { value }
  }
const list = (value: string): ReadonlyArray<string> => value.split(",").flatMap((one) => one.trim() || [])
/** An IP address, or a network as 10.0.0.0/8. */
const isNetwork = (value: string): boolean => {
  const [ip = "", bits, more] = value.split("/")
  const most = isIP(ip) === 4 ? 32 : isIP(ip) === 6 ? 128 : -1
  return more === undefined && (bits === undefined ? most > 0 : /^\d{1,3}$/.test(bits) && Number(bits) <= most)
}
const networks = (value: string) =>
  list(value).every(isNetwork)
    ? { value: list(value) }
    : { problem: "must be IP addresses or networks as 10.0.0.0/8, separated by commas" }
const rate = (value: string) => {
  const [points, seconds] = value.split("/").map(Number)
  return points! >= 1 && seconds! >= 1 && value.split("/").length === 2
    ? { value: { points: points!, seconds: seconds! } }
    : { problem: "must be a rate as 20/4: so many in so many seconds" }
}
const shown = ({ points, seconds }: Rates[keyof Rates]): string => `${points}/${seconds}`

/** Every setting of the server: the README's table is held against this. */
export const variables = {
  host: { name: "HOST", fallback: "127.0.0.1", meaning: "Address to listen on", read: text },
  port: { name: "PORT", fallback: "8000", meaning: "Port to listen on; 0 takes a free one", read: number(0, 65_535) },
  publicUrl: {
    name: "PUBLIC_URL",
    fallback: "",
    meaning: "Address under which people reach the server, when it stands behind a proxy; https makes cookies secure",
    read: address("http:", "https:"),
  },
  dataDir: {
    name: "DATA_DIR",
    fallback: "./data",
    meaning: "Folder of the embedded database, the images and the secret",
    read: text,
  },
  databaseUrl: {
    name: "DATABASE_URL",
    fallback: "",
    meaning: "Postgres to use instead of the embedded database",
    read: address("postgres:", "postgresql:"),
  },
  listenUrl: {
    name: "DATABASE_LISTEN_URL",
    fallback: "",
    meaning: "The same Postgres itself, for the one connection that listens, when DATABASE_URL leads to a pooler",
    read: address("postgres:", "postgresql:"),
  },
  databaseConnections: {
    name: "DATABASE_CONNECTIONS",
    fallback: "6",
    meaning: "Connections to Postgres for reading; a node has at most four more for writing and one that listens",
    read: number(1, 1_000),
  },
  databaseParts: {
    name: "DATABASE_PARTITIONS",
    fallback: "",
    meaning: "Partitions of the log on Postgres: 8 when empty at the first start, fixed and checked from then on",
    read: (text: string) => (text === "" ? { value: undefined } : number(1, 256)(text)),
  },
  natsUrl: {
    name: "NATS_URL",
    fallback: "",
    meaning: "NATS that carries live events between nodes; without it Postgres does",
    read: natsAddresses,
  },
  uploadthingToken: {
    name: "UPLOADTHING_TOKEN",
    fallback: "",
    meaning: "Token of the UploadThing service; without it images are taken in and kept here",
    read: text,
  },
  fcmAccount: {
    name: "FCM_SERVICE_ACCOUNT",
    fallback: "",
    meaning: "Service account of Firebase, as JSON or as the path of its file, to notify phones; browsers need none",
    read: text,
  },
  fcmUrl: {
    name: "FCM_URL",
    fallback: "https://fcm.googleapis.com",
    meaning: "Where Firebase Cloud Messaging is",
    read: address("https:", "http:"),
  },
  pushSubject: {
    name: "PUSH_SUBJECT",
    fallback: "",
    meaning: "Whom push services write to about this server, as mailto:you@example.org; PUBLIC_URL when empty",
    read: address("mailto:", "https:"),
  },
  pushGrace: {
    name: "PUSH_GRACE",
    fallback: "2000",
    meaning: "Milliseconds in which a message may be read before anybody is notified",
    read: number(0, 3_600_000),
  },
  outgoingNetworks: {
    name: "OUTGOING_NETWORKS",
    fallback: "",
    meaning: "Private addresses or networks that this server may call to notify people, separated by commas",
    read: networks,
  },
  secret: {
    name: "SECRET",
    fallback: "",
    meaning: "Text behind invitation codes, the same on all nodes; without it one is made and kept in DATA_DIR",
    read: (value: string) =>
      value === "" || value.length >= 32 ? { value } : { problem: "must have at least 32 characters" },
  },
  logLevel: {
    name: "LOG_LEVEL",
    fallback: "info",
    meaning: "What is logged: error, warn, info or debug",
    read: oneOf("silent", "error", "warn", "info", "debug"),
  },
  origins: {
    name: "ALLOWED_ORIGINS",
    fallback: "",
    meaning: "Other origins whose pages may use this server, separated by commas",
    read: (value: string) => ({ value: list(value) }),
  },
  oldClients: {
    name: "OLD_CLIENTS",
    fallback: "on",
    meaning:
      "Clients of the application before: on lets all in; token only who has a session; off the same without Socket.IO",
    read: oneOf("on", "token", "off"),
  },
  trustedProxies: {
    name: "TRUSTED_PROXIES",
    fallback: "",
    meaning: "Addresses or networks of proxies whose X-Forwarded-For is believed, separated by commas",
    read: networks,
  },
  nodeName: {
    name: "NODE_NAME",
    fallback: "",
    meaning: "What logs and measures call this node; when empty, the machine's name and the process's number",
    read: (value: string) =>
      value.length <= 64
        ? { value: value || `${hostname()}-${process.pid}` }
        : { problem: "must have at most 64 characters" },
  },
  metricsToken: {
    name: "METRICS_TOKEN",
    fallback: "",
    meaning: "Token that readers of /metrics must bear; without it only this machine may read them",
    read: text,
  },
  otelEndpoint: {
    name: "OTEL_EXPORTER_OTLP_ENDPOINT",
    fallback: "",
    meaning: "Collector that traces are sent to over OTLP/HTTP; without it none are made",
    read: address("http:", "https:"),
  },
  connections: {
    name: "CONNECTIONS_PER_PERSON",
    fallback: "20",
    meaning: "WebSockets of one person from one address",
    read: number(1, 1_000_000),
  },
  posts: { name: "RATE_POSTS", fallback: shown(defaultRates.posts), meaning: "Changes by one person", read: rate },
  joins: { name: "RATE_JOINS", fallback: shown(defaultRates.joins), meaning: "Joins of one person", read: rate },
  uploads: {
    name: "RATE_UPLOADS",
    fallback: shown(defaultRates.uploads),
    meaning: "Uploads of one person",
    read: rate,
  },
  signIns: {
    name: "RATE_SIGN_INS",
    fallback: shown(defaultRates.signIns),
    meaning: "Sign-ins from one address",
    read: rate,
  },
  oldJoins: {
    name: "RATE_OLD_JOINS",
    fallback: shown(defaultRates.oldJoins),
    meaning: "Joins of old clients from one address",
    read: rate,
  },
} as const satisfies Record<string, Variable<unknown>>

type Values = { readonly [Key in keyof typeof variables]: ValueOf<(typeof variables)[Key]> }
type ValueOf<V> = V extends { readonly read: (text: string) => infer R }
  ? Extract<R, { readonly value: unknown }>["value"]
  : never

/** The configuration of one process, checked. */
export interface Config extends Omit<Values, keyof Rates> {
  readonly mediaDir: string
  /** Where the embedded database lives; undefined when Postgres is used. */
  readonly databaseDir: string | undefined
  readonly rates: Rates
}

/** Reads the environment. Throws one error that names every variable which cannot be used, and says why. */
export const readConfig = (environment: Readonly<Record<string, string | undefined>>): Config => {
  const read = Object.entries(variables).map(([key, variable]: [string, Variable<unknown>]) => ({
    key,
    name: variable.name,
    ...variable.read(environment[variable.name] || variable.fallback),
  }))
  const problems = read.flatMap((one) => ("problem" in one ? [`${one.name} ${one.problem}`] : []))
  if (problems.length > 0) throw new Error(`The configuration cannot be used:\n  ${problems.join("\n  ")}`)
  const values = Object.fromEntries(read.map((one) => [one.key, "value" in one ? one.value : undefined])) as Values
  const { posts, joins, uploads, signIns, oldJoins, ...rest } = values
  const dataDir = resolve(values.dataDir)
  return {
    ...rest,
    dataDir,
    mediaDir: join(dataDir, "media"),
    databaseDir: values.databaseUrl === "" ? join(dataDir, "db") : undefined,
    rates: { posts, joins, uploads, signIns, oldJoins },
  }
}
