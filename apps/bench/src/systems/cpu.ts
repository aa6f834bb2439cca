import { execFileSync } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"

const tick = 1_000_000 / Number(execFileSync("getconf", ["CLK_TCK"]))

/** CPU time of a process so far, in microseconds: its own code and the kernel's for it. */
export const cpuOf = (pid: number): number => {
  const { user, system } = times(pid)
  return user + system
}

/** CPU time of a process so far in its own code, without the kernel's. */
export const userCpuOf = (pid: number): number => times(pid).user

/** The process that started another one. */
export const parentOf = (pid: number): number => Number(fields(pid)![1])

/** CPU time of all processes below another one and of those that ended there, in microseconds. */
export const cpuBelow = (parent: number): number => {
  const children = readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0)
    .map(fields)
    .filter((found) => found !== undefined && Number(found[1]) === parent)
  const ended = fields(parent)
  const gone = ended === undefined ? 0 : (Number(ended[13]) + Number(ended[14])) * tick
  return children.reduce((sum, found) => sum + (Number(found![11]) + Number(found![12])) * tick, gone)
}

/** Resident memory of a process, in bytes. */
export const memoryOf = (pid: number): number =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024

const times = (pid: number) => {
  const found = fields(pid)
  if (found === undefined) throw new Error(`there is no process ${pid}`)
  return { user: Number(found[11]) * tick, system: Number(found[12]) * tick }
}

/** What /proc says of a process, from its state on (proc(5), /proc/pid/stat); undefined when it is gone. */
const fields = (pid: number): ReadonlyArray<string> | undefined => {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ")
  } catch {
    return undefined
  }
}
