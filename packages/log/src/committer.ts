import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises"
import { Exit } from "effect"
import { type Answer, answerAgain, type Done, joining, recordedCommands, type Waiting, waiting } from "./command.ts"
import {
  DatabaseError,
  type Judge,
  type LogObserver,
  type Query,
  Refused,
  type Stored,
  type Submission,
} from "./contract.ts"
import { type Decided, decide } from "./decide.ts"
import { type Driver, isConnectionLost, isPassing } from "./driver.ts"
import type { AppendOne } from "./jointly.ts"
import { readHeads, readPart, streamHeads } from "./read.ts"
import { Recent } from "./recent.ts"
import type { Append } from "./statement.ts"

export interface CommitterOptions<Content, Refusal> {
  readonly driver: Driver
  readonly judge: Judge<Content, Refusal>
  readonly append: Append
  /** The same together with other partitions of this node. */
  readonly appendJointly: AppendOne
  readonly part: number
  /** Position of the partition's head when it was opened. */
  readonly pos: number
  readonly now: () => number
  /** Takes every committed group in order, own or not. */
  readonly deliver: (events: ReadonlyArray<Stored>, own: boolean) => void
  /** How long to wait for a lost database, in milliseconds. */
  readonly patience: number
  /** Whether events that others appended may be left out of `deliver`, because they come by another way. */
  readonly mayLeap: boolean
  /** Told of each group of its own that was committed, before it is delivered. */
  readonly appended: LogObserver["appended"] | undefined
}

/**
 * The one in this process who writes to a partition. Takes what waits, has it judged against the state at `pos`, and
 * appends it there in one statement, which fails when the head has moved. Everything happens in one loop, so nothing
 * in here is ever seen half done.
 */
export class Committer<Content, Refusal> {
  readonly #the: CommitterOptions<Content, Refusal>
  readonly #query: Query
  readonly #seqs = new Recent<number>(50_000)
  readonly #done = new Recent<Done>(20_000)
  /** Another map after each group: one that is written and deleted from for ever keeps alive what it once held (decision 0020). */
  #unanswered = new Map<string, Waiting<Content, Refusal>>()
  #queue: Array<Waiting<Content, Refusal>> = []
  #pos: number
  #behind = false
  /** When somebody else was last seen to write here; with others about, waiting for heads of other partitions would make them wait too. */
  #othersAt = Number.NEGATIVE_INFINITY
  #loop: Promise<void> | undefined

  constructor(options: CommitterOptions<Content, Refusal>) {
    this.#the = options
    this.#query = options.driver.committing.query
    this.#pos = options.pos
  }

  /** Position of the newest event that was delivered. */
  get pos(): number {
    return this.#pos
  }

  submit(submission: Submission<Content>, caller: (answer: Answer<Refusal>) => void): void {
    const command = waiting<Content, Refusal>(submission)
    const done = this.#done.get(command.key)
    if (done) return caller(answerAgain(done, command))
    const first = this.#unanswered.get(command.key)
    if (first?.fingerprint === command.fingerprint) return joining(first, caller)
    if (first) return void first.callers.push(() => this.submit(submission, caller))
    command.callers.push(caller)
    this.#unanswered.set(command.key, command)
    this.#queue.push(command)
    this.#start()
  }

  /** Others have written up to `pos`, or so they say: reads what is new, in its turn. */
  heardOf(pos: number): void {
    if (pos <= this.#pos) return
    this.#behind = true
    this.#start()
  }

  /** Resolves when everything submitted so far is answered. */
  async drained(): Promise<void> {
    while (this.#loop) await this.#loop
  }

  #start(): void {
    this.#loop ??= this.#run()
  }

  async #run(): Promise<void> {
    await nextTurn()
    while (this.#behind || this.#queue.length > 0) {
      if (this.#behind) await this.#catchUp(this.#query).catch(ignored)
      else await this.#settle(this.#take())
      this.#unanswered = new Map(this.#unanswered)
    }
    this.#loop = undefined
  }

  #take(): ReadonlyArray<Waiting<Content, Refusal>> {
    let size = 0
    let count = 0
    while (count < mostTogether && count < this.#queue.length && (count === 0 || size < mebibyte))
      size += this.#queue[count++]!.size
    return this.#queue.splice(0, count)
  }

  /** Answers every command of the group, whatever happens. */
  async #settle(group: ReadonlyArray<Waiting<Content, Refusal>>): Promise<void> {
    let lostAt: number | undefined
    for (let tries = 1; ; tries++) {
      const left = group.filter((command) => this.#unanswered.get(command.key) === command)
      if (left.length === 0) return
      try {
        await this.#attempt(left, tries > 1)
      } catch (cause) {
        if (cause instanceof DatabaseError && isConnectionLost(cause)) {
          lostAt ??= performance.now()
          await this.#findAgain(left, lostAt + this.#the.patience, cause)
        } else await this.#recover(left, cause, tries)
      }
    }
  }

  /** One try. From the second on it holds the head row, so that a busy node cannot starve this one. */
  async #attempt(group: ReadonlyArray<Waiting<Content, Refusal>>, locked: boolean): Promise<void> {
    const began = performance.now()
    const decided = locked
      ? await this.#the.driver.committing.transaction(async (query) => {
          await query("select pos from log_head where part = $1 for update", [this.#the.part])
          await this.#catchUp(query)
          return this.#decideAndAppend(query, group, this.#alone(query))
        })
      : await this.#decideAndAppend(
          this.#query,
          group,
          this.#isAmongOthers ? this.#alone(this.#query) : this.#the.appendJointly,
        )
    if (decided === undefined) return this.#catchUp(this.#query)
    if (decided.events.length > 0) {
      this.#the.appended?.(decided.events, decided.accepted.length, performance.now() - began)
      this.#committed(decided)
    }
    if (decided.refused.length > 0) await this.#refuse(decided, locked || decided.events.length > 0)
  }

  /** What was appended, or undefined when the head had moved. */
  async #decideAndAppend(query: Query, group: ReadonlyArray<Waiting<Content, Refusal>>, append: AppendOne) {
    const decided = await this.#decide(query, group)
    const { events, fingerprints, batch } = decided
    if (events.length === 0) return decided
    const { part } = this.#the
    const moved = await append({ part, after: this.#pos, events, fingerprints, rows: batch.rows() })
    return moved ? decided : undefined
  }

  #alone(query: Query): AppendOne {
    return async (appending) => (await this.#the.append(query, [appending])).size > 0
  }

  get #isAmongOthers(): boolean {
    return performance.now() - this.#othersAt < 1_000
  }

  async #decide(query: Query, group: ReadonlyArray<Waiting<Content, Refusal>>): Promise<Decided<Content, Refusal>> {
    const { part, judge, now } = this.#the
    const batch = judge.batch(part)
    const submissions = group.map(({ submission }) => submission)
    const [seqs] = await Promise.all([this.#seqsOf(submissions, query), batch.load(submissions, query)])
    return decide(group, batch, { part, pos: this.#pos, seqs, now: now() })
  }

  /** Newest seq of each stream, from memory or the database; may be newer than memory, and then nothing commits. */
  async #seqsOf(submissions: ReadonlyArray<Submission<Content>>, query: Query): Promise<Map<string, number>> {
    const seqs = new Map<string, number>()
    const cold: Array<string> = []
    for (const stream of new Set(submissions.map(({ stream }) => stream))) {
      const seq = this.#seqs.get(stream)
      if (seq === undefined) cold.push(stream)
      else seqs.set(stream, seq)
    }
    if (cold.length > 0) for (const { stream, seq } of await streamHeads(query, cold)) seqs.set(stream, seq)
    return seqs
  }

  #committed({ batch, events, accepted }: Decided<Content, Refusal>): void {
    batch.keep()
    this.#moveOn(events, true)
    for (const { command, receipt } of accepted) {
      this.#done.set(command.key, { fingerprint: command.fingerprint, receipt })
      this.#answer(command, Exit.succeed(receipt))
    }
  }

  #moveOn(events: ReadonlyArray<Stored>, own: boolean): void {
    this.#pos = events.at(-1)!.pos
    for (const { stream, seq } of events) this.#seqs.set(stream, seq)
    this.#the.deliver(events, own)
  }

  /** Reads what others have appended, which makes what memory holds of it old. */
  async #catchUp(query: Query): Promise<void> {
    this.#behind = false
    for (;;) {
      const events = await readPart(query, { part: this.#the.part, after: this.#pos, limit: page })
      if (events.length === 0) return
      this.#othersAt = performance.now()
      this.#the.judge.heard(events)
      this.#moveOn(events, false)
      if (events.length < page) return
      if (this.#the.mayLeap) await this.#leap(query)
    }
  }

  /** Far behind, it forgets everything and goes on at the head instead of reading all that it will not need. */
  async #leap(query: Query): Promise<void> {
    const head = (await readHeads(query)).find(({ part }) => part === this.#the.part)
    if (head === undefined || head.pos - this.#pos <= page) return
    this.#seqs.clear()
    this.#the.judge.lost()
    this.#pos = head.pos
  }

  /**
   * A refusal stands if it was judged on the newest state (`sure`, or nobody has written since) and is no repeat: a
   * command that was carried out may well be refused the second time.
   */
  async #refuse({ refused }: Decided<Content, Refusal>, sure: boolean): Promise<void> {
    const commands = refused.map(({ command }) => command)
    const head = await this.#answerRecorded(commands)
    if (!sure && head !== this.#pos) return this.#catchUp(this.#query)
    for (const { command, refusal } of refused) this.#answer(command, Exit.fail(new Refused({ refusal })))
  }

  /** Answers those that stand in the log already, and gives the position of its head. */
  async #answerRecorded(commands: ReadonlyArray<Waiting<Content, Refusal>>): Promise<number> {
    const { pos, done } = await recordedCommands(this.#query, this.#the.part, commands)
    for (const command of commands) {
      const recorded = done.get(command.key)
      if (recorded === undefined) continue
      this.#done.set(command.key, recorded)
      this.#answer(command, answerAgain(recorded, command))
    }
    return pos
  }

  /** The connection was lost, and perhaps after the commit: waits for the database and answers what landed. */
  async #findAgain(group: ReadonlyArray<Waiting<Content, Refusal>>, until: number, lost: DatabaseError): Promise<void> {
    for (let cause: unknown = lost; ; await sleep(50)) {
      if (performance.now() >= until || !isDatabaseError(cause)) return this.#fail(group, cause)
      try {
        await this.#catchUp(this.#query)
        await this.#answerRecorded(group)
        return
      } catch (again) {
        cause = again
      }
    }
  }

  /** The database refused the statement, or the judge broke: finds the culprit, so that the others are not harmed. */
  async #recover(group: ReadonlyArray<Waiting<Content, Refusal>>, cause: unknown, tries: number): Promise<void> {
    if (isDatabaseError(cause) && cause.constraint === "event_command") await this.#answerRecorded(group)
    else if (isDatabaseError(cause) && isPassing(cause))
      await (tries < 3 ? sleep(20 * tries) : this.#fail(group, cause))
    else if (group.length > 1) for (const command of group) await this.#settle([command])
    else if (tries >= 3 || !isDatabaseError(cause) || !cause.code.startsWith("23")) this.#fail(group, cause)
    else this.#seqs.clear()
  }

  #fail(group: ReadonlyArray<Waiting<Content, Refusal>>, cause: unknown): void {
    const answer = isDatabaseError(cause) ? Exit.fail(cause) : Exit.die(cause)
    for (const command of group) this.#answer(command, answer)
  }

  #answer(command: Waiting<Content, Refusal>, answer: Answer<Refusal>): void {
    if (this.#unanswered.get(command.key) !== command) return
    this.#unanswered.delete(command.key)
    for (const caller of command.callers) caller(answer)
  }
}

const page = 1_000
/** Commands of one group: what is dear in a statement is its start. */
const mostTogether = 256
const mebibyte = 1_048_576

const isDatabaseError = (cause: unknown): cause is DatabaseError => cause instanceof DatabaseError

/** The poll calls again. */
const ignored = () => undefined
