/** The read models' tables, in steps that never change once they were released. Columns that SQL never looks into are one jsonb. */
export const migrations: ReadonlyArray<{ readonly name: string; readonly sql: string }> = [
  {
    name: "0001-rooms-and-history",
    sql: `
create table room (
  id uuid primary key,
  name text not null,
  topic text not null,
  visibility text not null,
  created_at bigint not null,
  invitation integer not null,
  members integer not null,
  owners integer not null,
  constraint room_name_taken unique (name)
);
create table member (
  room uuid not null,
  user_id uuid not null,
  role text,
  primary key (room, user_id)
);
create index member_rooms on member (user_id) where role is not null;
create table item (
  room uuid not null,
  seq bigint not null,
  id uuid,
  author uuid not null,
  at bigint not null,
  view jsonb not null,
  primary key (room, seq)
);
create unique index item_message on item (id) where id is not null;
create table reaction (
  message uuid not null,
  emoji text not null,
  user_id uuid not null,
  given boolean not null,
  primary key (message, emoji, user_id)
);
create table read_marker (
  user_id uuid not null,
  room uuid not null,
  seq bigint not null,
  primary key (user_id, room)
);`,
  },
  {
    name: "0002-people-and-images",
    sql: `
create table profile (
  id uuid primary key,
  name text not null,
  name_key text not null,
  kind text not null,
  holds_name boolean not null,
  created_at bigint not null
);
create unique index profile_name_held on profile (name_key) where holds_name;
create index profile_name on profile (name_key);
create table session (
  token_hash text primary key,
  user_id uuid not null,
  created_at bigint not null,
  expires_at bigint not null
);
create index session_of on session (user_id);
create table media (
  key text primary key,
  room uuid not null,
  owner uuid not null,
  type text not null,
  width integer not null,
  height integer not null,
  bytes integer not null,
  created_at bigint not null
);`,
  },
  {
    name: "0003-nodes",
    sql: `
create unlogged table node (
  id uuid primary key,
  version bigint not null,
  since timestamptz not null,
  seen_at timestamptz not null
);
create unlogged table online (
  node uuid not null references node on delete cascade,
  room uuid not null,
  user_id uuid not null,
  primary key (node, room, user_id)
);
create unlogged table name_hold (
  user_id uuid not null,
  node uuid not null references node on delete cascade,
  turn bigint not null,
  primary key (user_id, node)
);
create index name_hold_of on name_hold (node);
alter table profile add column turn bigint not null default 0;
create index profile_name_beginning on profile (name_key text_pattern_ops) where holds_name;
create table session_end (
  token_hash text not null,
  ended_at timestamptz not null
);
create index session_end_at on session_end (ended_at);
create function note_session_ends() returns trigger language plpgsql as $note$
begin
  insert into session_end (token_hash, ended_at) select token_hash, clock_timestamp() from ended;
  return null;
end $note$;
create trigger session_ended after delete on session referencing old table as ended
  for each statement execute function note_session_ends();`,
  },
]
