import { Result } from "effect"
import fc from "fast-check"
import { expect, test } from "vitest"
import { parts } from "./multipart.ts"

const name = fc.stringMatching(/^[a-z_]{1,12}$/)
const text = fc.string({ unit: "grapheme" }).map((value) => value.toWellFormed().replaceAll(/[\r\n]/g, " "))
const file = fc.record({ bytes: fc.uint8Array({ maxLength: 200 }), fileName: fc.stringMatching(/^[a-z .]{1,20}$/) })
const field = fc.tuple(name, fc.oneof(text, file))
const form = fc.array(field, { maxLength: 8 })

type Field = readonly [name: string, value: string | { readonly bytes: Uint8Array; readonly fileName: string }]

/** A form as a browser sends it. */
const sent = async (fields: ReadonlyArray<Field>) => {
  const data = new FormData()
  for (const [name, value] of fields)
    if (typeof value === "string") data.append(name, value)
    else data.append(name, new Blob([new Uint8Array(value.bytes)]), value.fileName)
  const response = new Response(data)
  const [, boundary = ""] = /boundary=(.+)$/.exec(response.headers.get("content-type") ?? "") ?? []
  return { boundary, body: Buffer.from(await response.arrayBuffer()) }
}

test("what a browser sends is read as it was, in its order", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(field, { minLength: 1, maxLength: 8 }), async (fields) => {
      const { boundary, body } = await sent(fields)
      expect(Result.getOrThrow(parts(body, boundary))).toEqual(
        fields.map(([name, value]) => ({
          name,
          fileName: typeof value === "string" ? undefined : value.fileName,
          bytes: Buffer.from(typeof value === "string" ? value : value.bytes),
        })),
      )
    }),
  )
})

test("a form that is cut off anywhere is never taken for a whole one", async () => {
  await fc.assert(
    fc.asyncProperty(form, fc.nat(), async (fields, cut) => {
      const { boundary, body } = await sent(fields)
      const end = body.lastIndexOf(`--${boundary}--`) + boundary.length + 4
      expect(Result.isFailure(parts(body.subarray(0, cut % end), boundary))).toBe(true)
    }),
  )
})

test("bytes of any kind are read or refused", () => {
  const noise = fc.array(
    fc.oneof(
      fc.uint8Array({ maxLength: 20 }),
      fc.constantFrom("--b", "\r\n", "\r\n\r\n", "--b--", 'form-data; name="x"').map((word) => Buffer.from(word)),
    ),
    { maxLength: 30 },
  )
  fc.assert(
    fc.property(noise, (pieces) => {
      parts(Buffer.concat(pieces), "b")
    }),
  )
})
