import type { Migration } from "./migrations.ts"

/** The log's own tables. The trigger holds the promise that events never change, with erasure as the one exception. */
export const logMigrations: ReadonlyArray<Migration> = [
  {
    name: "0001-log",
    sql: `
create table log_meta (
  one boolean primary key default true check (one),
  parts smallint not null,
  epoch text not null
);
create table log_head (
  part smallint primary key,
  pos bigint not null
) with (fillfactor = 10);
create table stream (
  stream_id uuid primary key,
  part smallint not null,
  seq bigint not null
) with (fillfactor = 70);
create table event (
  part smallint not null,
  pos bigint not null,
  stream_id uuid not null,
  seq bigint not null,
  type text not null,
  ver smallint not null,
  actor_id uuid not null,
  command_id uuid not null,
  cmd_idx smallint not null,
  subject_id uuid,
  at bigint not null,
  fingerprint bytea,
  body jsonb not null,
  redacted_pos bigint,
  primary key (part, pos)
);
create unique index event_seq on event (stream_id, seq);
create unique index event_command on event (command_id, actor_id, cmd_idx, part);
create index event_subject on event (stream_id, subject_id, seq) where subject_id is not null;
create function event_stays() returns trigger language plpgsql as $$
declare erased event;
begin
  if tg_op = 'UPDATE' then
    erased := old;
    erased.body := '{}';
    erased.fingerprint := null;
    erased.redacted_pos := new.redacted_pos;
    if new.redacted_pos is not null and (old.redacted_pos is null or old.redacted_pos = new.redacted_pos) and new is not distinct from erased then
      return new;
    end if;
  end if;
  raise exception 'events never change: only erasure is allowed (empty body, no fingerprint, redacted_pos set)' using errcode = '23001';
end $$;
create trigger event_stays before update or delete on event for each row execute function event_stays();
create trigger event_all_stay before truncate on event for each statement execute function event_stays();
create table projection (
  name text not null,
  version integer not null,
  part smallint not null,
  pos bigint not null default 0,
  poison_pos bigint,
  poison_error text,
  primary key (name, version, part)
) with (fillfactor = 50);`,
  },
  {
    name: "0002-agreed",
    sql: "create table agreed (name text primary key, value text not null);",
  },
]
