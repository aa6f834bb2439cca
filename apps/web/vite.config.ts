import { tmpdir } from "node:os"
import { join } from "node:path"
import { defineConfig, type Plugin } from "vite"
import solid from "vite-plugin-solid"

const server = "http://127.0.0.1:8000"

/** With `--mode fake` the page talks to the canned server of `dev/` instead of a real one. */
export default defineConfig(({ mode }) => ({
  root: import.meta.dirname,
  base: "/",
  plugins: [solid(), ...(mode === "fake" ? [overFake()] : [])],
  server: { proxy: { "/trpc": { target: server, ws: true }, "/api": server, "/media": server } },
  build: {
    target: "es2023",
    outDir: mode === "fake" ? join(tmpdir(), "roomlog-web-fake") : "dist",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
}))

const overFake = (): Plugin => ({
  name: "roomlog:over-fake",
  transformIndexHtml: { order: "pre", handler: (html) => html.replace("/src/main.tsx", "/dev/main.tsx") },
})
