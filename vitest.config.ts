import { defineConfig } from "vitest/config"

/** Every test of the repository; what a file needs stands in its name (CONTRIBUTING.md). */
export default defineConfig({
  test: {
    environment: "node",
    include: ["{schemas,packages/*,apps/*}/src/**/*.test.ts", "apps/*/*.test.ts", "tests/**/*.test.ts"],
    // Servers and pages are tested as they are built.
    globalSetup: "tests/build.ts",
    maxWorkers: 2,
    // Files of one worker share the modules that they import: half the time goes without it into importing them again.
    isolate: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})
