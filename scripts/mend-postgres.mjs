// Mends postgres.js 3.4.9 where a lost connection ends the process, never writes again, or gives wrong results, and where
// it asks the connection that has rested longest (docs/decisions/0008) or keeps every question until the whole heap is
// looked through (0020). Fails when the package is another one: then look whether it still needs this.
import { readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const root = join(dirname(fileURLToPath(import.meta.url)), "..")

/** What stands in a file once, and what must. */
const lost = [
  // A query for a connection that is closed is an error of that query.
  [
    "    try {\n      q.state = backend\n",
    "    if (socket === null)\n      return (queryError(q, Errors.connection('CONNECTION_CLOSED', options)), true)\n\n    try {\n      q.state = backend\n",
  ],
  // What was to be written on a connection that is closed is forgotten with it.
  [
    "    clearImmediate(nextWriteTimer)\n    if (socket) {\n",
    "    clearImmediate(nextWriteTimer)\n    chunk = nextWriteTimer = null\n    if (socket) {\n",
  ],
  [
    "    clearImmediate(nextWriteTimer)\n    socket.removeListener",
    "    clearImmediate(nextWriteTimer)\n    chunk = nextWriteTimer = null\n    socket.removeListener",
  ],
  // The next life of the connection begins with nothing: no rows counted already, and no query that waits for an answer
  // which will be another's. Some were given to it between the error and the end of its socket.
  [
    "    socket = null\n\n    if (initial)\n      return reconnect()\n\n    !hadError && (query || sent.length) && error(Errors.connection('CONNECTION_CLOSED', options, socket))\n    closedTime",
    `    socket = null
    rows = 0
    while (sent.length)
      queryError(sent.shift(), Errors.connection('CONNECTION_CLOSED', options))

    if (initial)
      return reconnect()

    errored(Errors.connection('CONNECTION_CLOSED', options))
    query = results = errorResponse = null
    closedTime`,
  ],
]

/** A process of Postgres that was just asked answers sooner than one that has rested. */
const whoIsAsked = [
  [
    "    if (open.length)\n      return go(open.shift(), query)\n",
    "    if (open.length)\n      return go(open.pop(), query)\n",
  ],
]
const pop = [["    shift: () => {\n", "    pop: () => xs.length > index ? xs.pop() : undefined,\n    shift: () => {\n"]]

/**
 * V8 makes a function that is written to a property where it is made in the old part of the heap, for ever as it guesses:
 * with it whatever it knows, here a question's text and all its parameters, outlives every small collection.
 */
const whatIsKept = [
  [
    "    this.resolve = x => (this.active = false, resolve(x))\n    this.reject = x => (this.active = false, reject(x))\n\n    this.active",
    "    this.endsBy(x => (this.active = false, resolve(x)), x => (this.active = false, reject(x)))\n\n    this.active",
  ],
  [
    "  get origin() {\n",
    "  endsBy(resolve, reject) {\n    this.resolve = resolve\n    this.reject = reject\n  }\n\n  get origin() {\n",
  ],
]

const mend = (name, mends) => {
  const file = join(root, "node_modules/postgres/src", name)
  let text = readFileSync(file, "utf8")
  for (const [was, is] of mends) {
    if (text.includes(is)) continue
    if (text.split(was).length !== 2) throw new Error(`${file} is not the one that scripts/mend-postgres.mjs mends`)
    text = text.replace(was, () => is)
  }
  writeFileSync(file, text)
}

mend("connection.js", lost)
mend("index.js", whoIsAsked)
mend("queue.js", pop)
mend("query.js", whatIsKept)
