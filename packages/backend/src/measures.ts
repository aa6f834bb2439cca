import type { RejectionTag } from "@roomlog/schemas"
import { Meter } from "./meter.ts"
import { codes } from "./rejected.ts"

/** How a command ended: carried out now or before, refused by the rules, or failed for technical reasons. */
export type Outcome = "accepted" | "repeated" | "refused" | "failed"

/** How a subscriber's past was found: it had missed nothing, or it was in memory, in the database, or gone. */
export type Resume = "nothing" | "memory" | "database" | "reset"

/** Seconds, from a third of a millisecond to ten seconds. */
export const seconds = [0.0003, 0.001, 0.003, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const amounts = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024]

/** What the backend counts of its own work. No label names a room or a person. Each call costs a few additions. */
export class Measures {
  readonly meter = new Meter()
  readonly #appended = this.meter.counter("roomlog_events_appended_total", "Events this node appended")
  readonly #append = this.meter.histogram("roomlog_append_seconds", "Time to judge and append one batch", seconds)
  readonly #batchEvents = this.meter.histogram("roomlog_append_events", "Events in one batch", amounts)
  readonly #batchCommands = this.meter.histogram("roomlog_append_commands", "Commands in one batch", amounts)
  readonly #commands = this.meter.counters("roomlog_commands_total", "Commands answered", "outcome", outcomes)
  readonly #rejections = this.meter.counters("roomlog_rejections_total", "Commands refused", "reason", reasons)
  readonly #command = this.meter.histogram("roomlog_command_seconds", "Time from a command to its answer", seconds)
  readonly #lag = this.meter.histogram(
    "roomlog_feed_lag_seconds",
    "Time from deciding an event, on whatever node and by its clock, to handing it to the sockets of this one",
    seconds,
  )
  readonly #tell = this.meter.histogram(
    "roomlog_feed_tell_seconds",
    "Time from hearing of a commit to handing its events to the sockets",
    seconds,
  )
  readonly #deliveries = this.meter.counter(
    "roomlog_feed_deliveries_total",
    "Frames of events for subscribers, those who still catch up included",
  )
  readonly #slow = this.meter.counter("roomlog_feed_slow_drops_total", "Subscribers closed because they were too slow")
  readonly #resumes = this.meter.counters(
    "roomlog_feed_resumes_total",
    "Subscriptions begun, by where their past came from",
    "from",
    resumes,
  )
  readonly #pushes = this.meter.counters(
    "roomlog_push_total",
    "Notifications by what became of them",
    "outcome",
    pushes,
  )

  /** A batch was committed. */
  appended(events: number, commands: number, milliseconds: number): void {
    this.#appended.add(events)
    this.#append.observe(milliseconds / 1_000)
    this.#batchEvents.observe(events)
    this.#batchCommands.observe(commands)
  }

  /** A command was answered. */
  answered(outcome: Outcome, milliseconds: number): void {
    this.#commands.add(outcome)
    this.#command.observe(milliseconds / 1_000)
  }

  /** A command was refused. */
  refused(reason: RejectionTag): void {
    this.#rejections.add(reason)
  }

  /** A group of events went to so many subscribers; times in milliseconds. */
  told(subscribers: number, since: { readonly decided: number; readonly heard: number }): void {
    this.#deliveries.add(subscribers)
    this.#lag.observe(Math.max(0, since.decided) / 1_000)
    this.#tell.observe(since.heard / 1_000)
  }

  /** A subscriber was too slow and was closed. */
  slow(): void {
    this.#slow.add()
  }

  /** A subscription began. */
  resumed(from: Resume): void {
    this.#resumes.add(from)
  }

  /** A notification was handed to the service behind a device, which took it, or did not (yet), or knows no such device. */
  pushed(outcome: "sent" | "retry" | "failed" | "dead"): void {
    this.#pushes.add(outcome)
  }
}

const outcomes: ReadonlyArray<Outcome> = ["accepted", "repeated", "refused", "failed"]
const resumes: ReadonlyArray<Resume> = ["nothing", "memory", "database", "reset"]
const pushes = ["sent", "retry", "failed", "dead"]
const reasons = Object.keys(codes)
