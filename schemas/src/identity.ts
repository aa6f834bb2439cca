import { Schema } from "effect"
import { UserId } from "./ids.ts"
import { limits } from "./limits.ts"
import { atMost, notBlank, oneLine, storable } from "./text.ts"

const scripts = ["Latin", "Cyrillic", "Greek", "Arabic", "Hebrew", "Armenian", "Georgian", "Devanagari", "Thai"].map(
  (name) => ({ name, letter: new RegExp(`\\p{Script=${name}}`, "u") }),
)
const oneScript = Schema.makeFilter(
  (name: string) =>
    scripts.filter(({ letter }) => letter.test(name)).length <= 1 || "must not mix letters of different scripts",
)
const hasLetter = Schema.makeFilter(
  (name: string) => /[\p{L}\p{N}\p{Emoji_Presentation}]/u.test(name) || "must contain a letter, a digit or an emoji",
)

/** A person's name as it is shown. Unique by its look, not by its code points: see `Names.key` of the domain. */
export const PersonName = Schema.String.check(
  storable,
  notBlank,
  oneLine,
  atMost(limits.nameGraphemes),
  hasLetter,
  oneScript,
)

/** Who stands behind a `UserId`. */
export const Profile = Schema.Struct({ id: UserId, name: Schema.String })
export type Profile = typeof Profile.Type

export const SignIn = Schema.Struct({ name: PersonName })
export type SignIn = typeof SignIn.Type

/** The answer to a sign-in. Browsers get the token as a cookie too; services send it as `authorization: Bearer`. */
export const Session = Schema.Struct({ user: Profile, token: Schema.String })
export type Session = typeof Session.Type
