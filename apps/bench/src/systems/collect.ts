import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

// Loaded into a server whose memory is measured: SIGUSR2 has it throw away what nobody needs any more.

setFlagsFromString("--expose-gc")
const collect = runInNewContext("gc") as () => void
process.on("SIGUSR2", collect)
