import type { ServerResponse } from "node:http"
import { type Backend, run } from "@roomlog/backend"

/** Says whether the database answers. */
export const healthDoor =
  (backend: Backend) =>
  async (response: ServerResponse): Promise<void> => {
    const ok = await run(backend.run("select 1")).then(
      () => true,
      () => false,
    )
    response.writeHead(ok ? 200 : 503, { "content-type": "application/json", "cache-control": "no-store" })
    response.end(JSON.stringify({ status: ok ? "ok" : "database unavailable", subscriptions: backend.feed.size() }))
  }
