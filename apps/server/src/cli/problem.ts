import { DatabaseError } from "@roomlog/log"

/** What went wrong, in words that say what to do where that is known. */
export const sentenceOf = (problem: unknown): string => {
  const said = problem instanceof Error ? problem.message : String(problem)
  if (!(problem instanceof DatabaseError)) return said
  switch (problem.code) {
    case "42501":
      return `This role may not do that (${said}). Do it as the owner of the tables: --database <the owner's address>`
    case "3D000":
      return `DATABASE_URL: ${said}. Make it first, as with: createdb <its name>`
    case "28000":
    case "28P01":
      return `DATABASE_URL: Postgres does not let this role in (${said}). Look at the name and the password in the address.`
    case "connection":
      return `DATABASE_URL: no Postgres answers (${said}). Is it running, and is the address right?`
    default:
      return said
  }
}
