import type { AppRouter } from "@roomlog/backend"
import type { CommandTag, Receipt, Token } from "@roomlog/schemas"
import { createTRPCClient, getUntypedClient, type TRPCClient } from "@trpc/client"
import { cell } from "../cell.ts"
import type { Clock } from "../clock.ts"
import type { Connection, ConnectOptions, Push } from "../contract.ts"
import { type Listener, Lost, type Server } from "../server.ts"
import { eventsLink, lost, socketLink } from "./links.ts"
import type { LinkNeeds } from "./needs.ts"
import { problemOf } from "./problem.ts"

/** A server that is reached over tRPC. */
export const trpcServer = (
  options: ConnectOptions,
  { clock, retryDelay }: { readonly clock: Clock; readonly retryDelay: (n: number) => number },
) => {
  const connection = cell<Connection>({ _tag: "connecting" })
  let speaker: { readonly token?: string } | null = options.token === undefined ? null : { token: options.token }
  const needs: LinkNeeds = { options, clock, retryDelay, connection, speaker: () => speaker }
  const { link, drop } = options.transport === "http" ? eventsLink(needs) : socketLink(needs)
  const client = createTRPCClient<AppRouter>({ links: [link] })
  const untyped = getUntypedClient(client)
  const running = new Set<() => void>()

  /** Starts a subscription that ends once: by itself, by its listener, or because somebody else speaks now. */
  const subscribe = <Item>(
    listener: Listener<Item>,
    begin: (hooks: Hooks<Item>) => { readonly unsubscribe: () => void },
  ): (() => void) => {
    let isOver = false
    let stop = (): void => {}
    const end = (tell: () => void) => (): void => {
      if (isOver) return
      isOver = true
      running.delete(endQuietly)
      stop()
      tell()
    }
    const endQuietly = end(() => listener.ended(null))
    running.add(endQuietly)
    const { unsubscribe } = begin({
      onData: (item) => isOver || listener.heard(item),
      onError: (cause) => {
        const problem = problemOf(cause)
        if (options.transport === "http" && problem instanceof Lost) connection.set(lost(connection.get(), clock.now()))
        end(() => listener.ended(problem))()
      },
      onComplete: () => endQuietly(),
      onConnectionStateChange: ({ state }) => {
        if (options.transport === "http" && state === "pending") connection.set({ _tag: "online" })
      },
    })
    stop = unsubscribe
    if (isOver) unsubscribe()
    return end(() => {})
  }

  const server: Server = {
    connection,
    signIn: (name) => settled(client.identity.signIn.mutate({ name })),
    signOut: async () => void (await settled(client.identity.signOut.mutate())),
    me: async () => {
      const me = await settled(client.identity.me.query())
      // Who is known by the browser's cookie speaks over the WebSocket, as after signing in.
      if (me !== null && speaker === null && hasCookies) server.speakFor({})
      return me
    },
    speakFor: (who) => {
      speaker = who === null || hasCookies ? who && {} : who
      drop()
      for (const end of [...running]) end()
      if (connection.get()._tag !== "closed") connection.set({ _tag: "connecting" })
    },
    list: () => settled(client.room.list.query()),
    find: (name, invitation) => settled(client.room.find.query({ name, ...(invitation ? { invitation } : {}) })),
    members: (room) => settled(client.room.members.query({ room })),
    invitation: async (room) => (await settled(client.room.invitation.query({ room }))).code,
    history: (query) => settled(client.message.history.query(query)),
    reactors: (room, message, emoji) => settled(client.message.reactors.query({ room, message, emoji })),
    tell: async ({ _tag, ...words }, commandId, signal) => {
      const how = signal === undefined ? {} : { signal }
      return settled(untyped.mutation(procedures[_tag], { ...words, commandId }, how) as Promise<Receipt>)
    },
    markRead: async (room, upTo) => void (await settled(client.room.markRead.mutate({ room, upTo }))),
    typing: async (room) => void (await settled(client.room.typing.mutate({ room }))),
    follow: (query, listener) =>
      subscribe(listener, (hooks) =>
        client.room.follow.subscribe(query, {
          ...hooks,
          onData: ({ id, data }) => hooks.onData({ token: id as Token, item: data }),
        }),
      ),
    activity: (listener) => subscribe(listener, (hooks) => client.room.activity.subscribe(undefined, hooks)),
    push: overTrpc(client),
    close: () => {
      connection.set({ _tag: "closed" })
      for (const end of [...running]) end()
      drop()
    },
  }
  return { server, speaker: needs.speaker }
}

/** Notifications, one try each. */
const overTrpc = ({ push }: TRPCClient<AppRouter>): Push => ({
  key: async () => (await settled(push.key.query())).publicKey,
  subscribe: async (device) => void (await settled(push.subscribe.mutate({ device }))),
  unsubscribe: async (device) => void (await settled(push.unsubscribe.mutate({ device }))),
  rules: () => settled(push.rules.query()),
  setRule: async (room, notify) => void (await settled(push.setRule.mutate({ room, notify }))),
  attend: async (room) => void (await settled(push.attend.mutate({ room }))),
})

interface Hooks<Item> {
  readonly onData: (item: Item) => void
  readonly onError: (problem: unknown) => void
  readonly onComplete: () => void
  readonly onConnectionStateChange: (now: { readonly state: string }) => void
}

/** Browsers keep the session in a cookie that no script reads; elsewhere the token is sent. */
const hasCookies = typeof document !== "undefined"

const settled = async <T>(answer: Promise<T>): Promise<T> => {
  try {
    return await answer
  } catch (cause) {
    throw problemOf(cause)
  }
}

/** The procedure of each command. */
const procedures = {
  CreateRoom: "room.create",
  JoinRoom: "room.join",
  LeaveRoom: "room.leave",
  RenameRoom: "room.rename",
  SetTopic: "room.setTopic",
  RenewInvitation: "room.renewInvitation",
  GiveRole: "room.giveRole",
  RemoveMember: "room.removeMember",
  PostMessage: "message.post",
  EditMessage: "message.edit",
  RemoveMessage: "message.remove",
  RestoreMessage: "message.restore",
  React: "message.react",
  Unreact: "message.unreact",
} as const satisfies Record<CommandTag, Procedure>

type Slices = AppRouter["_def"]["record"]
type Procedure = { [Slice in keyof Slices]: `${Slice}.${keyof Slices[Slice] & string}` }[keyof Slices]
