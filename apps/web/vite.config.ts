import { tmpdir } from "node:os"
import { join } from "node:path"
import { brotliCompressSync, gzipSync } from "node:zlib"
import { defineConfig, type Plugin } from "vite"
import solid from "vite-plugin-solid"

const server = "http://127.0.0.1:8000"

/** With `--mode fake` the page talks to the canned server of `dev/` instead of a real one. */
export default defineConfig(({ mode }) => ({
  root: import.meta.dirname,
  base: "/",
  plugins: [solid(), withoutEvents(), withoutPreloads(), compressed(), ...(mode === "fake" ? [overFake()] : [])],
  server: { proxy: { "/trpc": { target: server, ws: true }, "/api": server, "/media": server } },
  resolve: { alias: trpcAsWritten },
  build: {
    target: "es2023",
    outDir: mode === "fake" ? join(tmpdir(), "roomlog-web-fake") : "dist",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: false,
    rolldownOptions: {
      input: { index: join(import.meta.dirname, "index.html"), sw: join(import.meta.dirname, "src/push/worker.ts") },
      // A service worker stands at the root, under a name that does not change.
      output: {
        entryFileNames: ({ name }) => (name === "sw" ? "sw.js" : "assets/[name]-[hash].js"),
        codeSplitting: { groups: [atFirst] },
      },
    },
    reportCompressedSize: false,
  },
}))

/** tRPC's own source: what it publishes is built for older browsers than ours, and cannot be taken apart as well. */
const trpcAsWritten = [
  { find: /^@trpc\/client$/, replacement: join(import.meta.dirname, "../../node_modules/@trpc/client/src/index.ts") },
  { find: /^@trpc\/server\/(.+)$/, replacement: join(import.meta.dirname, "../../node_modules/@trpc/server/src/$1") },
]

/** Everything that the page has from the beginning is one file; nothing of it is the service worker's. */
const atFirst = {
  name: "page",
  tags: ["$initial" as const],
  test: (id: string) => !/\/push\/(worker|show)\.ts$/.test(id),
}

/** The page talks over its WebSocket: what carries subscriptions over HTTP for other clients stays out of it. */
const withoutEvents = (): Plugin => ({
  name: "roomlog:without-events",
  enforce: "pre",
  load: (id) =>
    id.endsWith("/trpc/overEvents.ts")
      ? 'export const eventsLink = () => { throw new Error("The page speaks over its WebSocket only.") }'
      : null,
})

/** Vite's own way to load styles beside a part that comes later stays out: `later` has the styles of them all. */
const withoutPreloads = (): Plugin => ({
  name: "roomlog:without-preloads",
  enforce: "pre",
  load: (id) => (id === "\0vite/preload-helper.js" ? "export const __vitePreload = (load) => load()" : null),
})

/** Beside each file stands what goes over the wire, so that the server compresses nothing while it serves. */
const compressed = (): Plugin => ({
  name: "roomlog:compressed",
  generateBundle: {
    order: "post",
    handler(_, bundle) {
      for (const { fileName, ...file } of Object.values(bundle)) {
        const whole = file.type === "chunk" ? file.code : file.source
        this.emitFile({ type: "asset", fileName: `${fileName}.br`, source: brotliCompressSync(whole) })
        this.emitFile({ type: "asset", fileName: `${fileName}.gz`, source: gzipSync(whole) })
      }
    },
  },
})

const overFake = (): Plugin => ({
  name: "roomlog:over-fake",
  transformIndexHtml: { order: "pre", handler: (html) => html.replace("/src/main.tsx", "/dev/main.tsx") },
})
