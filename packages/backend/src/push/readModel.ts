import { createHash } from "node:crypto"
import type { DatabaseError } from "@roomlog/log"
import type { Device, NoticeRule, Notify, RoomId, UserId } from "@roomlog/schemas"
import { Effect } from "effect"
import type { Actor } from "../identity/identity.ts"
import { type Rejected, reject } from "../rejected.ts"
import type { Sql } from "../sql.ts"

/** Devices of one person; the one that was not seen for the longest time makes room. */
export const mostDevices = 20

/** Devices, what they are to be told of, and which rooms people look at. A device is signed in by a session and ends with it. */
export const makePushRows = (run: Sql) => ({
  /** Remembers a device of a person; it is nobody else's from then on. */
  subscribe: Effect.fnUntraced(function* ({ id, session }: Actor, device: Device) {
    if (session === null) return yield* reject({ _tag: "NotSignedIn" })
    const { kind, ...address } = device
    yield* run(keeping, [idOf(device), id, session, kind, JSON.stringify(address)]).pipe(
      Effect.catchIf(isSessionOver, () => Effect.fail<Rejected | DatabaseError>(reject({ _tag: "NotSignedIn" }))),
    )
    yield* run(forgettingOldest, [id, mostDevices])
  }),

  /** Forgets a device, if it is this person's. */
  unsubscribe: (user: UserId, device: Device) =>
    run("delete from push_device where id = $1 and user_id = $2::uuid", [idOf(device), user]).pipe(Effect.asVoid),

  /** What a person wants to know of rooms, where it is not the default. */
  rules: (user: UserId) => run<NoticeRule>("select room, notify from push_rule where user_id = $1::uuid", [user]),

  setRule: (user: UserId, room: RoomId, notify: Notify) =>
    (notify === "mentions"
      ? run("delete from push_rule where user_id = $1::uuid and room = $2::uuid", [user, room])
      : run(ruling, [user, room, notify])
    ).pipe(Effect.asVoid),

  /** The room that a person looks at on this session's page, for a minute; none ends it. */
  attend: ({ id, session }: Actor, room: RoomId | null) =>
    (room === null
      ? run("delete from push_attendance where session = $1", [session])
      : run(attending, [session, id, room])
    ).pipe(
      Effect.catchIf(isSessionOver, () => Effect.void),
      Effect.asVoid,
    ),
})

export type PushRows = ReturnType<typeof makePushRows>

/** One device has one id, whoever is signed in on it. */
export const idOf = (device: Device): string =>
  createHash("sha256")
    .update(device.kind === "web" ? `web ${device.endpoint}` : `fcm ${device.token}`)
    .digest("base64url")

const isSessionOver = ({ code }: DatabaseError): boolean => code === "23503" || code === "23502"

const keeping = `
insert into push_device (id, user_id, session, kind, address, seen_at)
values ($1, $2::uuid, $3, $4, $5::text::jsonb, now())
on conflict (id) do update set user_id = excluded.user_id, session = excluded.session, address = excluded.address,
  seen_at = excluded.seen_at`
const forgettingOldest = `
delete from push_device where id in (
  select id from push_device where user_id = $1::uuid order by seen_at desc, id offset $2::int
)`
const ruling = `
insert into push_rule (user_id, room, notify) values ($1::uuid, $2::uuid, $3)
on conflict (user_id, room) do update set notify = excluded.notify`
const attending = `
insert into push_attendance (session, user_id, room, until)
values ($1, $2::uuid, $3::uuid, now() + interval '60 seconds')
on conflict (session) do update set room = excluded.room, until = excluded.until`
