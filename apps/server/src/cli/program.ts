import { type Command, given, Misused } from "./command.ts"
import { doctor } from "./doctor.ts"
import { helpOf, overview } from "./help.ts"
import { importDjango } from "./import/django.ts"
import type { Io } from "./io.ts"
import { logTail } from "./logTail.ts"
import { migrate } from "./migrate.ts"
import { sentenceOf } from "./problem.ts"
import { projectionRetry } from "./projections.ts"
import { rebuild } from "./rebuild.ts"
import { restored } from "./restored.ts"
import { roomList, roomShow } from "./rooms.ts"
import { serve } from "./serve.ts"
import { userList, userShow, userSignOut } from "./users.ts"

const commands: ReadonlyArray<Command> = [
  serve,
  migrate,
  doctor,
  rebuild,
  projectionRetry,
  logTail,
  roomList,
  roomShow,
  userList,
  userShow,
  userSignOut,
  restored,
  importDjango,
]

/** Does what was typed behind `roomlog`. Answers the exit code: 0 done, 1 it did not go well, 2 it was not understood. */
export const roomlog = async (args: ReadonlyArray<string>, io: Io): Promise<number> => {
  try {
    return await chosen(args, io)
  } catch (problem) {
    io.remark(sentenceOf(problem))
    return problem instanceof Misused ? 2 : 1
  }
}

const chosen = (args: ReadonlyArray<string>, io: Io): Promise<number> => {
  const [first = "serve", second = ""] = args
  if (["help", "--help", "-h"].includes(first)) return told(io, overview(commands))
  const words = first.startsWith("-") ? ["serve", ...args] : args.length === 0 ? ["serve"] : args
  const command = commands.find(({ name }) => name === words[0] || name === `${words[0]} ${words[1]}`)
  if (command === undefined) return among(first, second, io)
  const rest = words.slice(command.name.split(" ").length)
  if (rest.includes("--help")) return told(io, helpOf(command))
  return command.run(given(command, rest, io), io)
}

/** No command: `room --help` tells of all that begin so. */
const among = (first: string, second: string, io: Io): Promise<number> => {
  const some = commands.filter(({ name }) => name.startsWith(`${first} `))
  if (some.length > 0 && second === "--help") return told(io, overview(some))
  const typed = some.length > 0 && second !== "" ? `${first} ${second}` : first
  const names = (some.length > 0 ? some : commands).map(({ name }) => name)
  throw new Misused(`There is no command "${typed}". There are: ${names.join(", ")}. Try: roomlog --help`)
}

const told = (io: Io, text: string): Promise<number> => {
  io.say(text)
  return Promise.resolve(0)
}
