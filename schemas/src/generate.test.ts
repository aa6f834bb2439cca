import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { documents, folder, printed } from "./generate.ts"

describe("the generated documents", () => {
  test.each(Object.entries(documents()))("are of today (else run `npm run generate`): %s", (file, document) =>
    expect(readFileSync(join(folder, file), "utf8")).toBe(printed(document)),
  )
  test("are all there are", () => expect(readdirSync(folder).sort()).toEqual(Object.keys(documents()).sort()))
  test.each(Object.entries(documents()))("refer only to what they define: %s", (_, document) => {
    const { schemas } = (document["components"] ?? { schemas: document["$defs"] }) as { readonly schemas: object }
    const defined = Object.keys(schemas)
    const referred = [...printed(document).matchAll(/"#\/(?:\$defs|components\/schemas)\/([^"]+)"/g)].map(
      ([, name]) => name!,
    )
    expect(referred.filter((name) => !defined.includes(name))).toEqual([])
    expect(referred.length).toBeGreaterThan(0)
  })
})
