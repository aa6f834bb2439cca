import { type Command, type Option, optionsOf } from "./command.ts"

/** What there is, one line for each command. */
export const overview = (commands: ReadonlyArray<Command>): string =>
  `Usage: roomlog [command] [options]

${table(commands.map((command) => [called(command), command.meaning]))}

Every command says more with --help. Settings come from the environment, as the README lists them;
\`roomlog\` alone serves.`

/** How one command is called and what its options mean. */
export const helpOf = (command: Command): string =>
  `${command.meaning}

Usage: roomlog ${called(command)} [options]

${table(Object.entries(optionsOf(command)).map(optionLine))}`

const called = ({ name, wants, may = [] }: Command): string =>
  [name, ...wants, ...may.map((word) => `[${word}]`)].join(" ")

const optionLine = ([name, { value, meaning }]: readonly [string, Option]): readonly [string, string] => [
  value === undefined ? `--${name}` : `--${name} ${value}`,
  meaning,
]

const table = (rows: ReadonlyArray<readonly [string, string]>): string => {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join("\n")
}
