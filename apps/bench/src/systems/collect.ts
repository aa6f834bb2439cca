import { renameSync, writeFileSync } from "node:fs"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

// Loaded into a server whose memory is measured: SIGUSR2 has it throw away what nobody needs any more, and say in the file
// BENCH_MEMORY how many bytes are in use then: V8's heap without its empty room, and what hangs on it outside.

setFlagsFromString("--expose-gc")
const collect = runInNewContext("gc") as () => void
process.on("SIGUSR2", () => {
  collect()
  const { heapUsed, external } = process.memoryUsage()
  const file = process.env["BENCH_MEMORY"]!
  writeFileSync(`${file}.new`, String(heapUsed + external))
  renameSync(`${file}.new`, file)
})
