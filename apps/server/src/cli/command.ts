import { parseArgs } from "node:util"
import { type Config, readConfig } from "../config.ts"
import type { Io } from "./io.ts"

/** One command of the command line. */
export interface Command {
  /** One word or two, as they are typed. */
  readonly name: string
  /** What must follow the name, in order. */
  readonly wants: ReadonlyArray<string>
  /** What may follow after that. */
  readonly may?: ReadonlyArray<string>
  readonly meaning: string
  readonly options: Readonly<Record<string, Option>>
  /** Does it and answers the exit code. */
  readonly run: (given: Given, io: Io) => Promise<number>
}

export interface Option {
  /** What stands behind the option, as NAME; without it the option is a switch. */
  readonly value?: string
  readonly meaning: string
}

/** What was typed behind a command's name. */
export interface Given {
  readonly wanted: ReadonlyArray<string>
  readonly options: Readonly<Record<string, string | boolean | undefined>>
  /** Everything behind the name, untouched. */
  readonly args: ReadonlyArray<string>
  /** The environment, changed by `--database` if that is not an option of the command's own. */
  readonly config: () => Config
}

/** What was typed is no command as they are; the message says what to type. */
export class Misused extends Error {}

/** What a command takes: its own options, and what every command takes where it means nothing else by it. */
export const optionsOf = ({ options }: Command): Readonly<Record<string, Option>> => ({
  ...options,
  ...common,
  ...options,
})

/** What every command takes. */
const common: Readonly<Record<string, Option>> = {
  database: { value: "URL", meaning: "Postgres to use, instead of what DATABASE_URL says" },
  help: { meaning: "Says this" },
}

/** Reads what was typed. Throws `Misused` where it does not fit the command. */
export const given = (command: Command, args: ReadonlyArray<string>, io: Io): Given => {
  const { positionals, values } = parsed(command, args)
  const usage = `Try: roomlog ${command.name} --help`
  const missing = command.wants.slice(positionals.length)
  if (missing.length > 0) throw new Misused(`\`roomlog ${command.name}\` needs ${missing.join(" and ")}. ${usage}`)
  const [extra] = positionals.slice(command.wants.length + (command.may ?? []).length)
  if (extra !== undefined) throw new Misused(`\`roomlog ${command.name}\` has no place for "${extra}". ${usage}`)
  const { database } = values
  const environment =
    typeof database === "string" && !("database" in command.options)
      ? { ...io.environment, DATABASE_URL: database, DATABASE_LISTEN_URL: undefined }
      : io.environment
  return { wanted: positionals, options: values, args, config: () => readConfig(environment) }
}

/** A whole number behind an option. */
export const wholeNumber = ({ options }: Given, name: string): number | undefined => {
  const text = options[name]
  if (typeof text !== "string") return undefined
  if (!/^\d{1,15}$/.test(text)) throw new Misused(`--${name} must be a whole number, not "${text}".`)
  return Number(text)
}

const parsed = (command: Command, args: ReadonlyArray<string>) => {
  const options = Object.fromEntries(
    Object.entries(optionsOf(command)).map(([name, { value }]) => [
      name,
      { type: value === undefined ? ("boolean" as const) : ("string" as const) },
    ]),
  )
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (cause) {
    const [sentence] = (cause instanceof Error ? cause.message : String(cause)).split(". ")
    throw new Misused(`${sentence}. Try: roomlog ${command.name} --help`)
  }
}
