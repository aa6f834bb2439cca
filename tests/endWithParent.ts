/** Preloaded into a child process: ends it when the process that started it is gone, however that ended. */
const parent = process.stdin
parent.resume()
parent.once("close", () => process.kill(process.pid, "SIGKILL"))
// A pipe that is only watched must not keep a server running that has ended in order.
if ("unref" in parent && typeof parent.unref === "function") parent.unref()

export {}
