/** What may be known of an error outside: where it was and of what kind, without the words of people. */
export interface Harmless {
  readonly type: string
  readonly message?: string
  readonly code?: string
  readonly constraint?: string
  /** Where it was thrown: the lines of its stack without the message above them. */
  readonly stack?: string
  readonly cause?: Harmless
}

/**
 * An error for logs and traces. Databases put parameters and rows into their errors, and parsers the text that they
 * could not parse; so a message is only let through where it is known to be about machines.
 */
export const harmless = (error: unknown, depth = 0): Harmless => {
  if (!(error instanceof Error)) return { type: error === null ? "null" : typeof error }
  const { code, constraint, cause, _tag } = error as Fields
  const stack = framesOf(error)
  return {
    type: typeof _tag === "string" ? _tag : error.name,
    ...(speaksOfMachines(error) ? { message: error.message.slice(0, 300) } : {}),
    ...(isWord(code) ? { code } : {}),
    ...(isWord(constraint) ? { constraint } : {}),
    ...(stack === "" ? {} : { stack }),
    ...(cause === undefined || depth >= 4 ? {} : { cause: harmless(cause, depth + 1) }),
  }
}

interface Fields {
  readonly _tag?: unknown
  readonly code?: unknown
  readonly constraint?: unknown
  readonly cause?: unknown
  readonly errno?: unknown
}

/**
 * Failures of the system and its connections, and mistakes of the program. Not syntax errors, schema errors or answers
 * of a database: they quote what they were given.
 */
const speaksOfMachines = (error: Error): boolean => {
  const { code, errno, _tag } = error as Fields
  if (_tag === "CannotOpen" || _tag === "FolderInUse") return true
  if (_tag === "DatabaseError") return typeof code === "string" && /^(connection|08|57|53|28|3D)/.test(code)
  if (typeof errno === "number" || (typeof code === "string" && /^(E[A-Z]{3,}|CONNECT|CONNECTION_\w+)$/.test(code)))
    return true
  return ownMistakes.has(error.constructor)
}

const ownMistakes: ReadonlySet<unknown> = new Set([TypeError, RangeError, ReferenceError])

const isWord = (value: unknown): value is string => typeof value === "string" && /^[\w.-]{1,64}$/.test(value)

/** A message may have lines that look like frames: what stands before the real ones is cut off by its length. */
const framesOf = ({ name, message, stack = "" }: Error): string => {
  const at = stack.indexOf(message)
  const below =
    at >= 0 && at <= name.length + 32 ? stack.slice(at + message.length) : stack.slice(stack.lastIndexOf(message))
  return below
    .split("\n")
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 12)
    .join("\n")
}
