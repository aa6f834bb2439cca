import { logMigrations } from "@roomlog/log"

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
  {
    name: "0004-images",
    sql: `
alter table media add column placeholder text;
alter table media add column thumb boolean not null default false;
alter table media add column stored_at timestamptz not null default now();
alter table media add column collected_at timestamptz;
alter table media add column erased_at timestamptz;
create table shown (
  message uuid not null,
  key text not null,
  removed_at bigint,
  primary key (message, key)
);
create index shown_key on shown (key);
insert into shown (message, key, removed_at)
  select distinct i.id, image ->> 'key', (i.view -> 'removed' ->> 'at')::bigint
  from item i, jsonb_array_elements(coalesce(i.view -> 'kept' -> 'images', i.view -> 'images')) as image
  where i.id is not null;`,
  },
  {
    name: "0005-push",
    sql: `
create table push_device (
  id text primary key,
  user_id uuid not null,
  session text not null references session on delete cascade,
  kind text not null,
  address jsonb not null,
  seen_at timestamptz not null
);
create index push_device_of on push_device (user_id, seen_at);
create index push_device_session on push_device (session);
create table push_rule (
  user_id uuid not null,
  room uuid not null,
  notify text not null,
  primary key (user_id, room)
);
create index push_rule_all on push_rule (room) where notify = 'all';
create unlogged table push_attendance (
  session text primary key references session on delete cascade,
  user_id uuid not null,
  room uuid not null,
  until timestamptz not null
);
create index push_attendance_of on push_attendance (user_id, room);
create table push_notice (
  device text not null references push_device on delete cascade,
  part smallint not null,
  pos bigint not null,
  user_id uuid not null,
  room uuid not null,
  seq bigint not null,
  created_at timestamptz not null,
  due_at timestamptz not null,
  sent_at timestamptz,
  primary key (device, part, pos)
);
create index push_notice_created on push_notice (created_at);
create table push_turn (
  device text primary key references push_device on delete cascade,
  due_at timestamptz not null,
  version integer not null,
  tries integer not null,
  claim uuid
);
create index push_turn_due on push_turn (due_at);`,
  },
]

/** The lists of steps that make all tables, in the order in which a node takes them. */
export const lists = [
  ["roomlog", migrations],
  ["log", logMigrations],
] as const
