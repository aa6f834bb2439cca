import type { ChildProcess } from "node:child_process"

const alive = new Set<ChildProcess>()
process.once("exit", () => {
  for (const child of alive) child.kill("SIGKILL")
})

/** A child that is gone when this process is, unless that is killed. */
export const endsWithUs = <Child extends ChildProcess>(child: Child): Child => {
  alive.add(child)
  child.once("exit", () => alive.delete(child))
  return child
}
