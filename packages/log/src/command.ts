import { hash } from "node:crypto"
import { Exit } from "effect"
import {
  CommandReused,
  type DatabaseError,
  type Query,
  type Receipt,
  type Refused,
  type Submission,
} from "./contract.ts"

/** A command as the log tells it from others. */
export interface Asked {
  readonly submission: { readonly command: string; readonly actor: string }
  /** Its id and its actor: an id is its actor's own. */
  readonly key: string
  /** SHA-256 of what it asks for, in base64. */
  readonly fingerprint: string
}

/** A command that waits for its answer, with everybody who submitted it. */
export interface Waiting<Content, Refusal> extends Asked {
  readonly submission: Submission<Content>
  /** Length of its content as text: about its weight in a group. */
  readonly size: number
  readonly callers: Array<(answer: Answer<Refusal>) => void>
}

export type Answer<Refusal> = Exit.Exit<Receipt, Refused<Refusal> | CommandReused | DatabaseError>

/** What is remembered of a command that was carried out. No fingerprint is left after erasure. */
export interface Done {
  readonly fingerprint: string | null
  readonly receipt: Receipt
}

/** A command in the queue, with nobody waiting yet. */
export const waiting = <Content, Refusal>(submission: Submission<Content>): Waiting<Content, Refusal> => {
  const content = canonical(submission.content)
  const fingerprint = hash("sha256", `${submission.stream} ${content}`, "base64")
  return {
    submission,
    key: `${submission.command} ${submission.actor}`,
    fingerprint,
    size: content.length,
    callers: [],
  }
}

/** A repeat of a command that is still waiting gets the same answer, marked as a repeat. */
export const joining = <Content, Refusal>(
  first: Waiting<Content, Refusal>,
  caller: (answer: Answer<Refusal>) => void,
): void => {
  first.callers.push((answer) => caller(Exit.map(answer, (receipt) => ({ ...receipt, repeated: true }))))
}

/** The recorded answer to a repeat, or that the id was used for something else. */
export const answerAgain = ({ fingerprint, receipt }: Done, again: Asked): Answer<never> =>
  fingerprint === null || fingerprint === again.fingerprint
    ? Exit.succeed({ ...receipt, repeated: true })
    : Exit.fail(new CommandReused({ command: again.submission.command }))

/** Those of the commands that stand in the log, by key, and how far the partition's head was when they were looked for. */
export const recordedCommands = async (
  query: Query,
  part: number,
  commands: ReadonlyArray<Asked>,
): Promise<{ readonly pos: number; readonly done: ReadonlyMap<string, Done> }> => {
  const rows = await query<Probed>(probe, [
    part,
    commands.map(({ submission }) => submission.command),
    commands.map(({ submission }) => submission.actor),
  ])
  const done = new Map<string, Done>()
  for (const { place, fingerprint, pos, seq, at } of rows)
    if (place !== null)
      done.set(commands[place - 1]!.key, { fingerprint, receipt: { part, pos, seq, at, repeated: true } })
  return { pos: rows[0]!.head, done }
}

interface Probed {
  readonly head: number
  readonly place: number | null
  readonly pos: number
  readonly seq: number
  readonly at: number
  readonly fingerprint: string | null
}

const probe = `select head.pos as head, found.*
from log_head head left join (
  select place::int, last.pos, last.seq, last.at, encode(last.fingerprint, 'base64') as fingerprint
  from unnest($2::uuid[], $3::uuid[]) with ordinality as given(command, actor, place)
  cross join lateral (
    select pos, seq, at, fingerprint from event
    where command_id = given.command and actor_id = given.actor and part = $1::smallint
    order by cmd_idx desc limit 1
  ) last
) found on true
where head.part = $1::smallint`

/** JSON with sorted keys, so that the same content has the same text: for ever, as its hash is kept. */
export const canonical = (content: unknown): string => {
  if (Array.isArray(content)) return `[${content.map(canonical).join(",")}]`
  if (typeof content !== "object" || content === null) return JSON.stringify(content) ?? "null"
  let fields = ""
  for (const key of Object.keys(content).sort()) {
    const value = (content as Record<string, unknown>)[key]
    if (value !== undefined) fields += `${fields === "" ? "" : ","}${JSON.stringify(key)}:${canonical(value)}`
  }
  return `{${fields}}`
}
