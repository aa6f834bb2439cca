/** A bug that somebody could make, and the suites that must not let it pass. */
export interface Bug {
  readonly name: string
  readonly file: string
  /** Stands in the file once. */
  readonly good: string
  readonly bad: string
  readonly suites: ReadonlyArray<string>
}

/** F17: each breaks a promise of the log, the feed, the nodes or the client. */
export const bugs: ReadonlyArray<Bug> = [
  {
    name: "an append that lost the race for the head is acknowledged",
    file: "packages/log/src/committer.ts",
    good: "return moved ? decided : undefined",
    bad: "return moved ? decided : decided",
    suites: ["packages/log/src/nodes.pg.test.ts"],
  },
  {
    name: "events are published before they are committed",
    file: "packages/log/src/committer.ts",
    good: "    const { part } = this.#the\n    const moved = await",
    bad: "    const { part } = this.#the\n    this.#the.deliver(events, true)\n    const moved = await",
    suites: ["packages/log/src/carriers.pg.test.ts"],
  },
  {
    name: "a command may stand in the log twice",
    file: "packages/log/src/schema.ts",
    good: "create unique index event_command",
    bad: "create index event_command",
    suites: ["packages/log/src/nodes.pg.test.ts"],
  },
  {
    name: "a command's id may be used for something else",
    file: "packages/log/src/command.ts",
    good: "fingerprint === null || fingerprint === again.fingerprint",
    bad: "fingerprint === null || fingerprint !== undefined",
    suites: ["packages/log/src/pglite.test.ts"],
  },
  {
    name: "a refusal stands though another node has written since",
    file: "packages/log/src/committer.ts",
    good: "if (!sure && head !== this.#pos) return this.#catchUp(this.#query)",
    bad: "if (!sure && head < this.#pos) return this.#catchUp(this.#query)",
    suites: ["packages/log/src/nodes.pg.test.ts"],
  },
  {
    name: "nobody asks for the heads when wake-ups are lost",
    file: "packages/log/src/news.ts",
    good: "every(pollEvery, ask)",
    bad: "every(pollEvery * 1_000_000, ask)",
    suites: ["packages/log/src/carriers.pg.test.ts"],
  },
  {
    name: "a carried event is told although one before it is missing",
    file: "packages/log/src/live.ts",
    good: "event.seq > known.last) known.waiting.set(event.seq, event)",
    bad: "event.seq > known.last) known.waiting.set((known.last ?? 0) + 1, event)",
    suites: ["packages/log/src/carriers.pg.test.ts"],
  },
  {
    name: "memory of what others changed is not forgotten",
    file: "packages/log/src/committer.ts",
    good: "      this.#the.judge.heard(events)\n",
    bad: "",
    suites: ["packages/log/src/nodes.pg.test.ts", "packages/log/src/carriers.pg.test.ts"],
  },
  {
    name: "a projection skips what it cannot take",
    file: "packages/log/src/followers.ts",
    good: "throw new Poison(events[0]!.pos, cause)",
    bad: "void new Poison(events[0]!.pos, cause)",
    suites: ["packages/log/src/pglite.test.ts"],
  },
  {
    name: "two processes may open one embedded database",
    file: "packages/log/src/folder-lock.ts",
    good: "return lives ? holder : undefined",
    bad: "return lives && holder.released ? holder : undefined",
    suites: ["packages/log/src/pglite.fault.test.ts"],
  },
  {
    name: "what was heard while catching up is told again (>=)",
    file: "packages/backend/src/feed/subscriber.ts",
    good: "lines.filter(({ seq }) => seq > this.last)",
    bad: "lines.filter(({ seq }) => seq >= this.last)",
    suites: ["packages/backend/src/feed/returning.test.ts"],
  },
  {
    name: "a subscriber is registered after its backlog was read",
    file: "packages/backend/src/feed/subscriber.ts",
    good: "    this.#held.push(...lines)\n",
    bad: "",
    suites: ["packages/backend/src/feed/returning.test.ts"],
  },
  {
    name: "who was removed goes on reading",
    file: "packages/backend/src/feed/feed.ts",
    good: "        this.#drop(leaving)\n",
    bad: "",
    suites: ["packages/backend/src/feed/feed.test.ts"],
  },
  {
    name: "resuming begins one event too late",
    file: "packages/backend/src/feed/catchUp.ts",
    good: "await feed.backlog.page(subscriber.room, subscriber.last)",
    bad: "await feed.backlog.page(subscriber.room, subscriber.last + 1)",
    suites: ["packages/backend/src/feed/feed.test.ts"],
  },
  {
    name: "events of other versions are handed on as if they were today's",
    file: "packages/backend/src/feed/line.ts",
    good: 'if (!isCurrent(stored) || text === "{}")',
    bad: 'if (text === "{}")',
    suites: ["packages/backend/src/feed/line.prop.test.ts"],
  },
  {
    name: "what is said before it is known who speaks is forgotten",
    file: "apps/server/src/doors/laneSocket.ts",
    good: "    else waiting.push(message)\n",
    bad: "",
    suites: ["packages/testing/src/lane.test.ts"],
  },
  {
    name: "an edit does not reach the read model",
    file: "packages/domain/src/message/evolve.ts",
    good: "return { ...message, text: event.text, editedAt: at, revision: seq }",
    bad: "return { ...message, editedAt: at, revision: seq }",
    suites: ["packages/domain/src/message/evolve.test.ts"],
  },
  {
    name: "people of a dead node stay online",
    file: "packages/backend/src/presence/readModel.ts",
    good: "delete from node where id <> $1::uuid and",
    bad: "delete from node where id = $1::uuid and",
    suites: ["packages/backend/src/nodes.pg.test.ts"],
  },
  {
    name: "a retry is sent under a new command id",
    file: "packages/client/src/message/outbox.ts",
    good: "send(commandOf(entry), entry.command, signal)",
    bad: "send(commandOf(entry), newCommandId(), signal)",
    suites: ["packages/client/src/client.prop.test.ts"],
  },
]
