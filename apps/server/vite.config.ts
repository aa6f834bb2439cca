import { defineConfig } from "vite"

/**
 * The server in a few files instead of seven hundred, most of which are small: it starts in less than half of the time
 * (docs/decisions/0014). Packages that keep files of their own beside them stay where they are.
 */
export default defineConfig({
  root: import.meta.dirname,
  build: { ssr: "src/main.ts", outDir: "dist", emptyOutDir: true, target: "node26", minify: false },
  ssr: { noExternal: [/^@roomlog\//, "effect", "@trpc/server", "rate-limiter-flexible"] },
})
