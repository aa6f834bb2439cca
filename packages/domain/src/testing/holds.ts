import fc from "fast-check"

/** Checks a property on random input. Prints its seed; `SEED=<number>` tries the same input again. */
export const holds = <T>(property: fc.IProperty<T>, runs = 200): void => {
  const seed = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 31))
  console.info(`seed ${seed}`)
  fc.assert(property, { seed, numRuns: runs })
}
