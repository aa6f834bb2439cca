import { Access } from "@roomlog/domain"
import type { Query } from "@roomlog/log"
import type { Image, Role, RoomId, UserId, Visibility } from "@roomlog/schemas"

/** Seconds for which a device is one sender's, who then must have finished or given it back. */
export const leaseSeconds = 15

/** A device whose turn it is, and the claim by which it is this sender's. */
export interface Turn {
  readonly device: string
  readonly claim: string
  /** Grows with every notice that came: a turn that grew meanwhile goes on. */
  readonly version: number
  readonly tries: number
}

/** That a device is to be told of an event, which stands at its place in the log. */
export interface Notice {
  readonly device: string
  readonly part: number
  readonly pos: number
  readonly room: RoomId
}

/** What a device is to show of one room: its newest message that is still news, and how many there are. */
export interface Parcel {
  readonly device: string
  readonly kind: string
  readonly address: Readonly<Record<string, unknown>>
  readonly room: RoomId
  readonly seq: number
  readonly roomName: string
  readonly author: UserId
  readonly text: string
  readonly images: ReadonlyArray<Image>
  readonly count: number
}

/**
 * Notices that wait for their devices. A device with work has a turn; whoever claims it has it for the length of the
 * lease, so that of several senders, and after one's death, always one speaks to a device.
 */
export const makeOutbox = (query: Query) => ({
  /** Takes at most so many turns that are due, for `claim`. */
  claim: async (claim: string, most: number): Promise<ReadonlyArray<Turn>> =>
    (await query<Omit<Turn, "claim">>(claiming, [claim, most, leaseSeconds])).map((turn) => ({ ...turn, claim })),

  /**
   * The notices of these devices that are due, and what is to be shown of them. Only these are done with afterwards: a
   * transaction that began before and commits later may bring more whose time has passed.
   */
  load: async (turns: ReadonlyArray<Turn>, now: number) => {
    const devices = turns.map(({ device }) => device)
    const notices = await query<Notice>(waiting, [devices])
    const places = [notices.map(({ part }) => part), notices.map(({ pos }) => pos)]
    const rows = await query<Row>(loading, [devices, now, ...places])
    const parcels = rows.filter(({ fresh, visibility, role }) => fresh && role && Access.mayRead({ visibility }, role))
    return { notices, parcels: parcels as ReadonlyArray<Parcel> }
  },

  /** These notices of one device are done with. */
  settle: async ({ device }: Turn, notices: ReadonlyArray<Notice>): Promise<void> => {
    await query(settling, [device, notices.map(({ part }) => part), notices.map(({ pos }) => pos)])
  },

  /** Ends the turn, or lets it wait for what came meanwhile, `pause` milliseconds at least. */
  finish: async ({ device, claim, version }: Turn, pause: number): Promise<void> => {
    const [ended] = await query(finishing, [device, claim, version])
    if (ended === undefined) await query(goingOn, [device, claim, pause])
  },

  /** Gives a turn back until `delay` milliseconds have passed; `tried` counts towards the next delay. */
  postpone: async ({ device, claim }: Turn, delay: number, tried: 0 | 1): Promise<void> => {
    await query(postponing, [device, claim, delay, tried])
  },

  /** The device is gone for good. */
  forget: async ({ device }: Pick<Turn, "device">): Promise<void> => {
    await query("delete from push_device where id = $1", [device])
  },

  /** Notices that nobody could be told of for a day are given up; so is the memory of those that were sent. */
  sweep: async (): Promise<void> => {
    await query("delete from push_notice where created_at < now() - interval '1 day'")
    await query("delete from push_attendance where until < now() - interval '1 hour'")
  },

  /** Frees what a dead process had claimed, for a node that is alone on its database. */
  freeAll: async (): Promise<void> => {
    await query("update push_turn set due_at = now(), claim = null where claim is not null")
  },
})

export type Outbox = ReturnType<typeof makeOutbox>

/** Parameters of `adding`: the messages' columns, then whom they mention, kinds of devices, and the grace. */
export type Wanted = readonly [
  parts: ReadonlyArray<number>,
  positions: ReadonlyArray<number>,
  rooms: ReadonlyArray<string>,
  seqs: ReadonlyArray<number>,
  authors: ReadonlyArray<UserId>,
  answered: ReadonlyArray<string | null>,
  places: ReadonlyArray<number>,
  mentioned: ReadonlyArray<UserId>,
  kinds: ReadonlyArray<string>,
  grace: number,
]

type Row = Parcel & { readonly fresh: boolean; readonly visibility: Visibility; readonly role: Role | null }

/**
 * Notices for the devices of members whom messages concern, never of the author. Devices are locked in one order, so
 * that nobody waits in a circle, and none is deleted meanwhile.
 */
export const adding = `
with post as (
  select * from unnest($1::smallint[], $2::bigint[], $3::uuid[], $4::bigint[], $5::uuid[], $6::uuid[])
    with ordinality as p (part, pos, room, seq, author, answered, place)
), concerned as (
  select m.place::bigint as place, m.user_id from unnest($7::int[], $8::uuid[]) as m (place, user_id)
  union
  select p.place, i.author from post p join item i on i.id = p.answered and i.room = p.room
  union
  select p.place, r.user_id from post p join push_rule r on r.room = p.room and r.notify = 'all'
), told as (
  select p.*, c.user_id from concerned c join post p on p.place = c.place and p.author <> c.user_id
  join member m on m.room = p.room and m.user_id = c.user_id and m.role is not null
  left join push_rule r on r.room = p.room and r.user_id = c.user_id
  where r.notify is distinct from 'none'
), device as (
  select id, user_id from push_device where user_id in (select user_id from told) and kind = any($9::text[])
  order by id for key share
), notice as (
  insert into push_notice (device, part, pos, user_id, room, seq, created_at, due_at)
  select d.id, t.part, t.pos, t.user_id, t.room, t.seq, now(), now() + $10::int * interval '1 millisecond'
  from told t join device d on d.user_id = t.user_id
  on conflict do nothing returning device, due_at
)
insert into push_turn (device, due_at, version, tries)
select device, min(due_at), 1, 0 from notice group by device order by device
on conflict (device) do update set version = push_turn.version + 1`

const claiming = `
with due as (
  select device from push_turn where due_at <= now() order by due_at limit $2::int for update skip locked
)
update push_turn t set claim = $1::uuid, due_at = now() + $3::int * interval '1 second'
from due where t.device = due.device returning t.device, t.version, t.tries`

const waiting = `
select device, part, pos, room from push_notice
where device = any($1::text[]) and sent_at is null and due_at <= now()`

/** Notices sent before still count until they are read: a room's notification replaces the one before. */
const loading = `
select distinct on (n.device, n.room) n.device, d.kind, d.address, n.room, n.seq, r.name as "roomName", r.visibility,
  m.role, i.author, i.view ->> 'text' as text, i.view -> 'images' as images,
  count(*) over news as count, bool_or(n.sent_at is null) over news as fresh
from push_notice n
join push_device d on d.id = n.device and d.user_id = n.user_id
join session s on s.token_hash = d.session and s.expires_at > $2::bigint
join room r on r.id = n.room
join member m on m.room = n.room and m.user_id = n.user_id and m.role is not null
join item i on i.room = n.room and i.seq = n.seq and i.view ->> 'removed' is null
left join read_marker k on k.user_id = n.user_id and k.room = n.room
left join push_rule w on w.user_id = n.user_id and w.room = n.room
where n.device = any($1::text[]) and n.created_at > now() - interval '1 day'
  and (n.sent_at is not null or (n.part, n.pos) in (select * from unnest($3::smallint[], $4::bigint[])))
  and n.seq > coalesce(k.seq, 0) and w.notify is distinct from 'none'
  and not exists (
    select 1 from push_attendance a where a.user_id = n.user_id and a.room = n.room and a.until > now()
  )
window news as (partition by n.device, n.room)
order by n.device, n.room, n.seq desc`

const settling = `
update push_notice n set sent_at = now() from unnest($2::smallint[], $3::bigint[]) as done (part, pos)
where n.device = $1 and n.part = done.part and n.pos = done.pos`

const finishing = `
delete from push_turn where device = $1 and claim = $2::uuid and version = $3::int
  and not exists (select 1 from push_notice n where n.device = $1 and n.sent_at is null)
returning device`

const goingOn = `
update push_turn set claim = null, tries = 0, due_at = greatest(now() + $3::int * interval '1 millisecond', (
  select min(n.due_at) from push_notice n where n.device = $1 and n.sent_at is null
)) where device = $1 and claim = $2::uuid`

const postponing = `
update push_turn set claim = null, tries = tries + $4::int, due_at = now() + $3::bigint * interval '1 millisecond'
where device = $1 and claim = $2::uuid`
