import type { Bench, Row } from "../bench.ts"
import { figure } from "../report.ts"
import { type Panel, panelsOf } from "./panels.ts"
import { at, drawing, line, text } from "./svg.ts"

const width = 860
const left = 190
const right = 150
const room = width - left - right

/** A picture of what a bench measured. */
export const plot = (bench: Bench, rows: ReadonlyArray<Row>, machine: string): string => {
  const draw = bench.plot === "lines" ? lines : bars
  const said = [...wrapped(bench.work), machine]
  const parts = [text(16, 28, bench.name, "title"), ...said.map((words, i) => text(16, 48 + i * 17, words, "faint"))]
  let y = 64 + said.length * 17
  for (const panel of panelsOf(rows)) {
    parts.push(text(16, y, titleOf(panel), "head"))
    const { drawn, height } = draw(panel, y + 10)
    parts.push(...drawn)
    y += height + 34
  }
  return drawing(`${bench.name}: ${bench.work}`, [width, y], parts)
}

const titleOf = ({ case: of, metric, unit }: Panel): string =>
  `${of}: ${metric}${unit === "" || unit.startsWith("/") ? unit : `, ${unit}`}`

/** Lines of at most about 115 letters. */
const wrapped = (words: string): ReadonlyArray<string> => words.match(/.{1,115}(?:\s|$)/g) ?? []

interface Drawn {
  readonly drawn: ReadonlyArray<string>
  readonly height: number
}

/** Ours first, then the others, on one scale that begins at nothing; a mark where ours should be. */
const bars = ({ ways, aims }: Panel, top: number): Drawn => {
  const most = Math.max(...ways.map(({ value }) => value), ...aims.map(({ value }) => value)) || 1
  const x = (value: number): number => at(left + (room * value) / most)
  const bar = 22
  const bottom = top + ways.length * bar
  const drawn = ways.flatMap(({ name, value }, i) => {
    const y = top + i * bar
    return [
      text(left - 8, y + 14, name, "end"),
      `<rect x="${left}" y="${y + 2}" width="${at(Math.max(1, x(value) - left))}" height="${bar - 6}" rx="2" class="${i === 0 ? "ours" : "other"}"/>`,
      text(x(value) + 6, y + 14, figure(value)),
    ]
  })
  const marks = aims.flatMap(({ value, words }, i) => [
    line([x(value), top - 1], [x(value), top + bar - 2], "aim"),
    text(left, bottom + 14 + i * 15, `| ${words}: ${figure(value)}`, "aimed"),
  ])
  return { drawn: [...drawn, ...marks], height: ways.length * bar + aims.length * 15 + 4 }
}

/** How a value grows with what the ways' names count; the counts are drawn by their magnitude. */
const lines = ({ ways }: Panel, top: number): Drawn => {
  const height = 130
  const counts = ways.map(({ name }) => Math.log10(Number(name.replaceAll(",", ""))))
  const span = Math.max(...counts) - Math.min(...counts) || 1
  const most = Math.max(...ways.map(({ value }) => value)) || 1
  const points = ways.map(({ value }, i) => ({
    x: at(left + ((counts[i]! - Math.min(...counts)) / span) * room),
    y: at(top + height - (value / most) * (height - 24)),
  }))
  return {
    height: height + 22,
    drawn: [
      line([left - 20, top + height], [left + room + 20, top + height], "axis"),
      `<polyline points="${points.map(({ x, y }) => `${x},${y}`).join(" ")}" class="line"/>`,
      ...ways.flatMap(({ name, value }, i) => {
        const { x, y } = points[i]!
        return [
          `<circle cx="${x}" cy="${y}" r="3.5" class="ours"/>`,
          text(x, y - 8, figure(value), "middle"),
          text(x, top + height + 16, name, "faint middle"),
        ]
      }),
    ],
  }
}
