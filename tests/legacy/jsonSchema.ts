/** A JSON Schema, as far as our documents use it. */
export interface JsonSchema {
  readonly $ref?: string
  readonly type?: string
  readonly enum?: ReadonlyArray<unknown>
  readonly anyOf?: ReadonlyArray<JsonSchema>
  readonly items?: JsonSchema
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: ReadonlyArray<string>
  readonly additionalProperties?: JsonSchema | boolean
  readonly minimum?: number
  readonly maximum?: number
}

/**
 * What in a value is not as its schema says, as sentences with places. Stricter than the standard: a field that no
 * schema names is a fault too, because nobody reads about it.
 */
export const faults = (
  value: unknown,
  schema: JsonSchema,
  words: Readonly<Record<string, JsonSchema>>,
  at = "$",
): ReadonlyArray<string> => {
  const inside = (part: unknown, of: JsonSchema, name: string | number) => faults(part, of, words, `${at}.${name}`)
  if (schema.$ref) return faults(value, words[schema.$ref.split("/").at(-1)!]!, words, at)
  if (schema.anyOf) {
    const each = schema.anyOf.map((one) => faults(value, one, words, at))
    return each.some((none) => none.length === 0) ? [] : each.flat()
  }
  if (schema.enum && !schema.enum.includes(value)) return [`${at} is none of ${schema.enum.join(", ")}`]
  if (schema.type !== undefined && !isA[schema.type]?.(value)) return [`${at} is no ${schema.type}`]
  if (typeof value === "number")
    return value < (schema.minimum ?? value) || value > (schema.maximum ?? value) ? [`${at} is out of range`] : []
  if (Array.isArray(value)) return value.flatMap((one, i) => inside(one, schema.items ?? {}, i))
  if (typeof value !== "object" || value === null) return []
  const { properties = {}, required = [], additionalProperties: more } = schema
  const isOpen = schema.properties === undefined
  return [
    ...required.filter((name) => !(name in value)).map((name) => `${at}.${name} is missing`),
    ...Object.entries(value).flatMap(([name, part]) => {
      const of = properties[name] ?? (typeof more === "object" ? more : undefined)
      if (of !== undefined) return inside(part, of, name)
      return isOpen ? [] : [`${at}.${name} is not in the schema`]
    }),
  ]
}

const isA: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === "string",
  integer: Number.isSafeInteger,
  boolean: (value) => typeof value === "boolean",
  null: (value) => value === null,
  array: Array.isArray,
  object: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
}
