import { openApi } from "@roomlog/schemas"
import { Effect } from "effect"
import { type Answer, ok } from "./answers.ts"
import { apiPage } from "./apiPage.ts"
import type { Handler } from "./call.ts"
import { history, messages } from "./pages.ts"
import { post } from "./posting.ts"
import { makeRoom, rooms } from "./rooms.ts"
import { signIn } from "./signIn.ts"
import { saveToken } from "./token.ts"

/** An old address and what may be done there. The group in its pattern is the room. */
export interface Route {
  readonly at: RegExp
  readonly name: string
  readonly get?: Handler
  readonly post?: Handler
  /** Everybody may ask here, also where guests may not. */
  readonly isOpen?: true
  /** The web client answers GET here. */
  readonly isPage?: true
}

const always =
  (answer: Answer): Handler =>
  () =>
    Effect.succeed(answer)

/** The whole old surface, with and without the slash at the end. */
export const routes: ReadonlyArray<Route> = [
  { at: /^\/$/, name: "Sign In", isPage: true, isOpen: true, post: signIn },
  { at: /^\/chat\/([^/]+)\/?$/, name: "Chat", isPage: true },
  { at: /^\/chat\/([^/]+)\/history\/?$/, name: "History", get: history },
  { at: /^\/api\/chat\/([^/]+)\/messages\/?$/, name: "Message List Create", get: messages, post },
  { at: /^\/api\/rooms\/?$/, name: "Room List Create", get: rooms, post: makeRoom },
  { at: /^\/api\/save-token\/?$/, name: "Save Token", post: saveToken },
  { at: /^\/api\/openapi\.json$/, name: "OpenAPI", isOpen: true, get: always(ok(openApi())) },
  { at: /^\/api\/?$/, name: "API", isOpen: true, get: always({ status: 200, html: apiPage(openApi()) }) },
]

/** What may be done at a route, in the order of the header Allow. */
export const methodsOf = ({ get, post, isPage }: Route): ReadonlyArray<string> => [
  ...(get || isPage ? ["GET"] : []),
  ...(post ? ["POST"] : []),
  ...(get || isPage ? ["HEAD"] : []),
  "OPTIONS",
]
