import type { Profile, RoomId, UserId } from "@roomlog/schemas"
import { Effect } from "effect"
import type { Sql } from "../sql.ts"

/** Another node as its row says: how many changes of its people's presence it has told. */
export interface OtherNode {
  readonly id: string
  readonly version: number
}

/** Who is where on the other nodes, as of each node's version. */
export interface Elsewhere {
  /** Whether this node has had its row for long enough to say that a node without one is dead. */
  readonly isSettled: boolean
  readonly versions: ReadonlyMap<string, number>
  readonly people: ReadonlyArray<{ readonly node: string; readonly room: RoomId; readonly person: Profile }>
}

/** Somebody in a room of this node. */
export interface Place {
  readonly room: RoomId
  readonly user: UserId
}

/** Rows of nodes and of who is connected to them. Leases go by the database's clock, never by a node's. */
export const makePresenceRows = (run: Sql, node: string) => ({
  /**
   * Renews this node's lease, deletes the nodes that have been silent for 10 s with everything that hangs on them, and
   * says who is left. Who could not renew its own lease judges nobody for 10 s: perhaps it was the database that was away.
   */
  sweep: () =>
    run<OtherNode & { readonly fresh: boolean; readonly settled: boolean }>(
      `with own as (
         insert into node (id, version, since, seen_at) values ($1::uuid, 0, now(), now())
         on conflict (id) do update set seen_at = now(),
           since = case when node.seen_at < now() - ${patience} then now() else node.since end
         returning id, since, (xmax = 0) as fresh
       ), dead as (
         delete from node where id <> $1::uuid and seen_at < now() - ${patience}
           and exists (select 1 from own where since < now() - ${patience}) returning id
       )
       select id, 0 as version, fresh, since < now() - ${patience} as settled from own
       union all
       select id, version, false, false from node where id <> $1::uuid and id not in (select id from dead)`,
      [node],
    ).pipe(
      Effect.map((rows) => ({
        isFresh: rows.some(({ fresh }) => fresh),
        isSettled: rows.some(({ settled }) => settled),
        others: rows.flatMap(({ id, version }) => (id === node ? [] : [{ id, version: Number(version) }])),
      })),
    ),

  /** Takes this node and everything that hangs on it away at once. */
  leave: () => run("delete from node where id = $1::uuid", [node]).pipe(Effect.asVoid),

  /** Writes who came and went here, and the version that this makes; false when this node has been given up for dead. */
  change: (version: number, came: ReadonlyArray<Place>, went: ReadonlyArray<Place>) =>
    run(
      `with told as (
         update node set version = $2::bigint where id = $1::uuid returning id
       ), came as (
         insert into online (node, room, user_id)
         select told.id, there.room, there.user_id from told, unnest($3::uuid[], $4::uuid[]) as there (room, user_id)
         on conflict do nothing
       ), went as (
         delete from online using unnest($5::uuid[], $6::uuid[]) as gone (room, user_id)
         where online.node = $1::uuid and online.room = gone.room and online.user_id = gone.user_id
       )
       select id from told`,
      [node, version, came.map(room), came.map(user), went.map(room), went.map(user)],
    ).pipe(Effect.map((told) => told.length > 0)),

  /** Who is in these rooms on the other nodes. */
  elsewhere: (rooms: ReadonlyArray<RoomId>) =>
    run<ElsewhereRow>(
      `select n.id as node, n.version, n.since < now() - ${patience} as settled, o.room, o.user_id,
              coalesce(p.name, 'somebody') as name
       from node n left join online o on o.node = n.id and n.id <> $1::uuid and o.room = any($2::uuid[])
       left join profile p on p.id = o.user_id`,
      [node, rooms],
    ).pipe(Effect.map((rows) => elsewhere(rows, node))),
})

export type PresenceRows = ReturnType<typeof makePresenceRows>

interface ElsewhereRow {
  readonly node: string
  readonly version: string
  readonly settled: boolean
  readonly room: RoomId | null
  readonly user_id: UserId
  readonly name: string
}

const elsewhere = (rows: ReadonlyArray<ElsewhereRow>, own: string): Elsewhere => {
  const others = rows.filter(({ node }) => node !== own)
  return {
    isSettled: rows.some(({ node, settled }) => node === own && settled),
    versions: new Map(others.map(({ node, version }) => [node, Number(version)])),
    people: others.flatMap(({ node, room, user_id, name }) =>
      room ? [{ node, room, person: { id: user_id, name } }] : [],
    ),
  }
}

const patience = "interval '10 seconds'"
const room = (place: Place) => place.room
const user = (place: Place) => place.user
