import { expect, test } from "vitest"
import { Measures } from "./measures.ts"
import { Meter } from "./meter.ts"

/** What a scraper makes of the text: the lines that are no comments, as names and numbers. Throws at what is no line. */
const scraped = (text: string): Readonly<Record<string, number>> => {
  expect(text.endsWith("\n")).toBe(true)
  const lines = text.trimEnd().split("\n")
  const samples = lines.filter((line) => !line.startsWith("#"))
  const line = /^([a-zA-Z_:][\w:]*(?:\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*",?)*\})?) (\+Inf|-Inf|NaN|[-+.\de]+)$/
  return Object.fromEntries(
    samples.map((sample) => {
      const [, name, value] = line.exec(sample) ?? []
      if (name === undefined) throw new Error(`no sample: ${sample}`)
      return [name, Number(value)]
    }),
  )
}

test("a histogram's buckets hold everything below them, and the last one everything", async () => {
  const meter = new Meter()
  const took = meter.histogram("took_seconds", "How long it took", [0.1, 1])
  for (const value of [0.05, 0.1, 0.5, 7]) took.observe(value)
  expect(await meter.text()).toBe(`# HELP took_seconds How long it took
# TYPE took_seconds histogram
took_seconds_bucket{le="0.1"} 2
took_seconds_bucket{le="1"} 3
took_seconds_bucket{le="+Inf"} 4
took_seconds_sum 7.65
took_seconds_count 4
`)
})

test("counters of one name stand together, known ones from zero", async () => {
  const meter = new Meter()
  const doors = meter.counters("came_in_total", "Who came in", "door", ["front", "back"])
  doors.add("front")
  doors.add("window", 2)
  expect(await meter.text()).toBe(`# HELP came_in_total Who came in
# TYPE came_in_total counter
came_in_total{door="front"} 1
came_in_total{door="back"} 0
came_in_total{door="window"} 2
`)
})

test("a label never takes more values than a scraper should keep, and none breaks the text", async () => {
  const meter = new Meter()
  const names = meter.counters("names_total", "Names", "name")
  names.add('quoted " \\ and\nbroken {}')
  for (let n = 0; n < 10_000; n++) names.add(`name ${n}`)
  const samples = scraped(await meter.text())
  expect(Object.keys(samples).length).toBeLessThanOrEqual(101)
  expect(samples['names_total{name="other"}']).toBe(10_000 - 99)
  expect(samples['names_total{name="quoted \\" \\\\ and\\nbroken {}"}']).toBe(1)
})

test("what is read at the look is brought up to date before, is gone when it is gone, and may fail", async () => {
  const meter = new Meter()
  const lag = meter.gauges("lag", "Behind", "projection")
  const now = new Map([["search", 3]])
  meter.beforeLook(async () => lag.set(now))
  meter.beforeLook(async () => {
    throw new Error("no database")
  })
  meter.beforeLook(() => new Promise(() => undefined))
  meter.gauge("weight_bytes", "Weight", () => 12)
  expect(scraped(await meter.text(20))).toEqual({ 'lag{projection="search"}': 3, weight_bytes: 12 })
  now.clear()
  now.set("push", 1)
  expect(scraped(await meter.text(20))).toEqual({ 'lag{projection="push"}': 1, weight_bytes: 12 })
})

test("the backend's own measures are a text that a scraper reads", async () => {
  const measures = new Measures()
  measures.appended(5, 2, 4)
  measures.answered("accepted", 6)
  measures.answered("refused", 1)
  measures.refused("NotAMember")
  measures.told(3, { decided: -20, heard: 2 })
  measures.slow()
  measures.resumed("database")
  expect(scraped(await measures.meter.text())).toMatchObject({
    roomlog_events_appended_total: 5,
    'roomlog_append_seconds_bucket{le="0.003"}': 0,
    'roomlog_append_seconds_bucket{le="0.005"}': 1,
    'roomlog_append_events_bucket{le="4"}': 0,
    'roomlog_append_events_bucket{le="8"}': 1,
    roomlog_append_commands_sum: 2,
    'roomlog_commands_total{outcome="accepted"}': 1,
    'roomlog_commands_total{outcome="failed"}': 0,
    'roomlog_rejections_total{reason="NotAMember"}': 1,
    'roomlog_rejections_total{reason="RateLimited"}': 0,
    roomlog_command_seconds_count: 2,
    roomlog_feed_deliveries_total: 3,
    // The clocks of two nodes may differ: what looks as if it was told before it happened counts as at once.
    roomlog_feed_lag_seconds_sum: 0,
    roomlog_feed_slow_drops_total: 1,
    'roomlog_feed_resumes_total{from="database"}': 1,
  })
})
