import type { Driver } from "./driver.ts"

/**
 * Empties every table of a database whose log is closed, past the guard that keeps events for ever. What is opened on it
 * next is new, with another epoch. For tests: nothing brings back what was there.
 */
export const emptyDatabase = ({ script }: Driver): Promise<void> => script(emptying)

/**
 * What is small is deleted, in one statement for the sake of references between tables: truncating costs two new files
 * and more for each table, thirty times as much as what most tests leave behind.
 */
const emptying = `do $$
declare
  small text[];
  large text[];
  guarded regclass;
begin
  select array_agg(name) filter (where size <= 1024 * 1024), array_agg(name) filter (where size > 1024 * 1024)
  into small, large from (
    select format('%I', relname) as name, pg_relation_size(oid) as size from pg_class
    where relkind = 'r' and relnamespace = current_schema()::regnamespace and relname <> 'migration'
  ) as tables where size > 0;
  for guarded in select distinct t.tgrelid from pg_trigger t join pg_class c on c.oid = t.tgrelid
    where not t.tgisinternal and c.relnamespace = current_schema()::regnamespace
  loop
    execute format('alter table %s disable trigger user', guarded);
  end loop;
  if small is not null then
    execute (select 'with ' || string_agg(format('gone%s as (delete from %s)', n, name), ', ') || ' select'
      from unnest(small) with ordinality as given(name, n));
  end if;
  if large is not null then
    execute 'truncate ' || array_to_string(large, ', ') || ' restart identity cascade';
  end if;
  for guarded in select distinct t.tgrelid from pg_trigger t join pg_class c on c.oid = t.tgrelid
    where not t.tgisinternal and c.relnamespace = current_schema()::regnamespace
  loop
    execute format('alter table %s enable trigger user', guarded);
  end loop;
end $$`
