import type { Driver } from "./driver.ts"

/**
 * Empties every table of a database whose log is closed, past the guard that keeps events for ever. What is opened on it
 * next is new, with another epoch. For tests: nothing brings back what was there.
 */
export const emptyDatabase = ({ script }: Driver): Promise<void> => script(truncation)

const truncation = `do $$
declare tables text;
begin
  select string_agg(format('%I', relname), ', ') into tables from pg_class
  where relkind = 'r' and relnamespace = current_schema()::regnamespace and relname <> 'migration';
  alter table event disable trigger event_all_stay;
  execute 'truncate ' || tables || ' restart identity cascade';
  alter table event enable trigger event_all_stay;
end $$`
