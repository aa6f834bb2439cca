import { writeFileSync } from "node:fs"
import { getHeapStatistics, setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

// Loaded into a server whose memory is measured: SIGUSR2 has it throw away what nobody needs any more, and say in the file
// BENCH_ROOM how many bytes of its heap are then resident without anything in them.

setFlagsFromString("--expose-gc")
const collect = runInNewContext("gc") as () => void
process.on("SIGUSR2", () => {
  collect()
  const { total_physical_size, used_heap_size } = getHeapStatistics()
  writeFileSync(process.env["BENCH_ROOM"]!, String(total_physical_size - used_heap_size))
})
