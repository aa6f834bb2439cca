import { tmpdir } from "node:os"
import { join } from "node:path"
import { defineConfig, type Plugin } from "vite"
import solid from "vite-plugin-solid"

const server = "http://127.0.0.1:8000"

/** With `--mode fake` the page talks to the canned server of `dev/` instead of a real one. */
export default defineConfig(({ mode }) => ({
  root: import.meta.dirname,
  base: "/",
  plugins: [solid(), withoutEvents(), ...(mode === "fake" ? [overFake()] : [])],
  server: { proxy: { "/trpc": { target: server, ws: true }, "/api": server, "/media": server } },
  build: {
    target: "es2023",
    outDir: mode === "fake" ? join(tmpdir(), "roomlog-web-fake") : "dist",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { index: join(import.meta.dirname, "index.html"), sw: join(import.meta.dirname, "src/push/worker.ts") },
      // A service worker stands at the root, under a name that does not change.
      output: { entryFileNames: ({ name }) => (name === "sw" ? "sw.js" : "assets/[name]-[hash].js") },
    },
    reportCompressedSize: false,
  },
}))

/** The page talks over its WebSocket: what carries subscriptions over HTTP for other clients stays out of it. */
const withoutEvents = (): Plugin => ({
  name: "roomlog:without-events",
  enforce: "pre",
  load: (id) =>
    id.endsWith("/trpc/overEvents.ts")
      ? 'export const subscriptionLink = () => { throw new Error("The page speaks over its WebSocket only.") }'
      : null,
})

const overFake = (): Plugin => ({
  name: "roomlog:over-fake",
  transformIndexHtml: { order: "pre", handler: (html) => html.replace("/src/main.tsx", "/dev/main.tsx") },
})
