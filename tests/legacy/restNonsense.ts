import { expect } from "vitest"
import { png } from "./pixels.ts"

/** A request that makes no sense. */
export interface Bad {
  readonly method?: string
  readonly path?: string
  readonly type?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array<ArrayBuffer> | FormData
}

/** A room that is there. */
export const lobby = "/api/chat/lobby bad/messages/"
const json = (words: unknown): Bad => ({ type: "application/json", body: JSON.stringify(words) })
const raw = (body: string | Uint8Array<ArrayBuffer>, type = "application/json"): Bad => ({ type, body })
export const said = (words: object): Bad => json({ username: "Bo", content: "hi", ...words })
const form = (file: Uint8Array<ArrayBuffer>, name: string): Bad => {
  const data = new FormData()
  data.append("username", "Bo")
  data.append("image", new Blob([file]), name)
  return { body: data }
}
const multipart = (body: string): Bad => raw(body, "multipart/form-data; boundary=b")
const part = (name: string, value: string): string =>
  `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
const detail = (detail: string | RegExp) => ({
  detail: typeof detail === "string" ? detail : expect.stringMatching(detail),
})
const wrong = (field: string, why: string | RegExp) => ({
  [field]: [typeof why === "string" ? why : expect.stringMatching(why)],
})
export const get = (query: string, path = lobby): Bad => ({ method: "GET", path: `${path}${query}` })
const invalidPage = detail("Invalid page.")
const utf8 = new TextEncoder()
const svg = utf8.encode('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')

/** What is sent, the status, and what is said about it. */
export const nonsense: ReadonlyArray<readonly [what: string, bad: Bad, status: number, body: unknown]> = [
  ["a name that is a list", said({ username: ["Bo"] }), 400, wrong("username", "Not a valid string.")],
  ["a name that is nothing", said({ username: null }), 400, wrong("username", "This field may not be null.")],
  ["a blank name", said({ username: " \t" }), 400, wrong("username", "This field may not be blank.")],
  [
    "a long name",
    said({ username: "b".repeat(33) }),
    400,
    wrong("username", "Ensure this field has no more than 32 characters."),
  ],
  ["a huge name", said({ username: "b".repeat(60_000) }), 400, wrong("username", /no more than 32/)],
  ["a name with NUL", said({ username: "B\u0000o" }), 400, wrong("username", "Null characters are not allowed.")],
  [
    "a name with half a character",
    raw('{"username":"B\\ud800o","content":"hi"}'),
    400,
    wrong("username", "Surrogate characters are not allowed: U+D800."),
  ],
  [
    "a name of two scripts",
    said({ username: "Bоb" }),
    400,
    wrong("username", /^This field must not mix letters of different scripts/),
  ],
  [
    "the system's name",
    said({ username: "Sуstem".replace("у", "y") }),
    400,
    wrong("username", /Nobody may be called "System"/),
  ],
  ["a text that is an object", said({ content: {} }), 400, wrong("content", "Not a valid string.")],
  ["a text that is true", said({ content: true }), 400, wrong("content", "Not a valid string.")],
  ["a blank text", said({ content: " \n " }), 400, wrong("content", "This field may not be blank.")],
  ["no text", json({ username: "Bo" }), 400, wrong("content", "This field is required.")],
  [
    "a long text",
    said({ content: "a".repeat(4_001) }),
    400,
    wrong("content", "Ensure this field has no more than 4000 characters."),
  ],
  [
    "a heavy text",
    said({ content: "e\u0301\u0301\u0301\u0301".repeat(3_000) }),
    400,
    wrong("content", /at most 16384 bytes/),
  ],
  ["a text with NUL", said({ content: "a\u0000b" }), 400, wrong("content", "Null characters are not allowed.")],
  ["a text with half a character", raw('{"username":"Bo","content":"\\udc00"}'), 400, wrong("content", /U\+DC00/)],
  ["an unknown kind", said({ content_type: "video" }), 400, wrong("content_type", '"video" is not a valid choice.')],
  ["a kind that is a list", said({ content_type: [] }), 400, wrong("content_type", /is not a valid choice/)],
  [
    "an image without one",
    said({ content: null, content_type: "image" }),
    400,
    wrong("image", "No file was submitted."),
  ],
  ["an image in JSON", said({ image: "data:image/png;base64,AAAA" }), 400, wrong("image", /was not a file/)],
  [
    "everything wrong at once",
    json({ username: "", content: [], content_type: 1 }),
    400,
    { username: [expect.any(String)], content: [expect.any(String)], content_type: [expect.any(String)] },
  ],

  [
    "JSON that is a list",
    raw("[]"),
    400,
    wrong("non_field_errors", "Invalid data. Expected a dictionary, but got list."),
  ],
  ["JSON that is a number", raw("1.5"), 400, wrong("non_field_errors", /got float/)],
  ["JSON that is null", raw("null"), 400, wrong("non_field_errors", "No data provided")],
  ["JSON that is cut off", raw('{"username":'), 400, detail(/^JSON parse error - /)],
  ["a million brackets", raw("[".repeat(60_000)), 400, detail(/^JSON parse error - /)],
  [
    "a prototype",
    raw('{"__proto__":{"username":"Bo","content":"hi"}}'),
    400,
    wrong("username", "This field is required."),
  ],
  ["bytes that are no UTF-8", raw(Uint8Array.of(0x22, 0xff, 0xfe, 0x22)), 400, detail(/^JSON parse error - .*UTF-8/)],
  [
    "UTF-16",
    raw(new Uint8Array(Buffer.from('{"username":"Bo"}', "utf16le")), "application/json; charset=utf-16"),
    415,
    detail(/charset=utf-16/),
  ],
  ["a compressed body", { ...raw("x"), headers: { "content-encoding": "gzip" } }, 415, detail(/^Unsupported/)],
  ["XML", raw("<x/>", "application/xml"), 415, detail('Unsupported media type "application/xml" in request.')],
  ["bytes of no type", raw(Uint8Array.of(1, 2, 3), "application/octet-stream"), 415, detail(/^Unsupported media type/)],
  ["JSON of 64 KiB and more", said({ content: "a".repeat(65_536) }), 413, detail(/too large: at most 65536 bytes/)],
  [
    "a form of a megabyte",
    raw(`username=Bo&content=${"a".repeat(1_000_000)}`, "application/x-www-form-urlencoded"),
    413,
    detail(/too large/),
  ],
  [
    "a form of nothing",
    raw("&&&=&", "application/x-www-form-urlencoded"),
    400,
    wrong("username", "This field is required."),
  ],
  [
    "a form with NUL",
    raw("username=Bo&content=a%00b", "application/x-www-form-urlencoded"),
    400,
    wrong("content", /Null characters/),
  ],

  [
    "multipart without a boundary",
    raw(part("username", "Bo"), "multipart/form-data"),
    400,
    detail(/^Multipart form parse error - Invalid boundary/),
  ],
  ["multipart without parts", multipart(""), 400, detail(/^Multipart form parse error/)],
  [
    "multipart that is cut off",
    multipart(`${part("username", "Bo")}--b\r\nContent-Disposition: form-data; name="content"\r\n\r\nhi`),
    400,
    detail(/cut off/),
  ],
  [
    "multipart whose headers do not end",
    multipart(`--b\r\nContent-Disposition: form-data; name="content"`),
    400,
    detail(/do not end/),
  ],
  [
    "multipart with a nameless part",
    multipart(`--b\r\nContent-Type: text/plain\r\n\r\nhi\r\n--b--\r\n`),
    400,
    detail(/has no name/),
  ],
  [
    "multipart of ten thousand parts",
    multipart(`${part("a", "").repeat(1_000)}--b--\r\n`),
    400,
    detail(/more than 100 fields/),
  ],
  [
    "multipart with NUL",
    multipart(`${part("username", "Bo")}${part("content", "a\u0000")}--b--\r\n`),
    400,
    wrong("content", /Null characters/),
  ],

  ["an empty file", form(new Uint8Array(), "a.png"), 400, wrong("image", "The submitted file is empty.")],
  ["a text as an image", form(utf8.encode("hello, I am a picture"), "a.png"), 400, wrong("image", /./)],
  ["an SVG with a script", form(svg, "a.png"), 400, wrong("image", /./)],
  ["half a PNG", form(png(9, 9).slice(0, 40), "a.png"), 400, wrong("image", /./)],
  [
    "a file name of 4,000 characters",
    form(png(2, 2), `${"a".repeat(3_996)}.png`),
    400,
    wrong("image", "Ensure this filename has at most 100 characters (it has 4000)."),
  ],
  ["a file of 21 MiB", form(new Uint8Array(21 * 1024 * 1024), "a.png"), 413, detail(/too large/)],

  ["page 0", get("?page=0"), 404, invalidPage],
  ["page -1", get("?page=-1"), 404, invalidPage],
  ["page 10^9", get("?page=1000000000"), 404, invalidPage],
  ["page 10^29", get("?page=100000000000000000000000000000"), 404, invalidPage],
  ["page 1.5", get("?page=1.5"), 404, invalidPage],
  ["page one", get("?page=one"), 404, invalidPage],
  ["page 10^9 of the history", get("?page=1000000000", "/chat/lobby%20bad/history/"), 404, invalidPage],
  ["before nothing", get("?before="), 400, wrong("before", "A valid integer is required.")],
  ["before a word", get("?before=now"), 400, wrong("before", "A valid integer is required.")],
  ["before a negative", get("?before=-1"), 400, wrong("before", "A valid integer is required.")],
  ["before what is not", get("?before=999999999999999"), 404, detail("Invalid cursor.")],
  ["before far beyond", get(`?before=${"9".repeat(30)}`), 404, detail("Invalid cursor.")],
  ["rooms before a word", get("?before=now", "/api/rooms/"), 400, wrong("before", /integer/)],

  ["an unknown room", get("", "/api/chat/nowhere/messages/"), 404, detail("Not found.")],
  ["a room with NUL", get("", "/api/chat/a%00b/messages/"), 404, detail("Not found.")],
  ["a room that is no text", get("", "/api/chat/%ff/messages/"), 404, detail("Not found.")],
  ["a room with a slash", get("", "/api/chat/a%2Fb/messages/"), 404, detail("Not found.")],
  ["a room of 8,000 letters", get("", `/api/chat/${"a".repeat(8_000)}/messages/`), 404, detail("Not found.")],
  ["a route that is not", get("", "/api/messages/"), 404, detail("Not found.")],
  ["PUT", { ...said({}), method: "PUT" }, 405, detail('Method "PUT" not allowed.')],
  ["PATCH", { ...said({}), method: "PATCH" }, 405, detail('Method "PATCH" not allowed.')],
  ["DELETE of rooms", { method: "DELETE", path: "/api/rooms/" }, 405, detail('Method "DELETE" not allowed.')],
  [
    "POST to the history",
    { ...said({}), path: "/chat/lobby%20bad/history/" },
    405,
    detail('Method "POST" not allowed.'),
  ],
  ["GET of a token", get("", "/api/save-token/"), 405, detail('Method "GET" not allowed.')],
  ["PUT of the front page", { method: "PUT", path: "/" }, 405, detail('Method "PUT" not allowed.')],
  [
    "a page of another origin",
    { ...said({}), headers: { origin: "https://elsewhere.example" } },
    403,
    detail(/origin/),
  ],
  [
    "a token that is none",
    { ...said({}), headers: { authorization: `Bearer ${"x".repeat(43)}` } },
    401,
    detail("Invalid token."),
  ],
  ["a key that is none", { ...said({}), headers: { "idempotency-key": "a b" } }, 400, detail(/^Idempotency-Key must/)],

  [
    "a room without a name",
    { ...json({ name: " " }), path: "/api/rooms/" },
    400,
    wrong("name", "This field may not be blank."),
  ],
  [
    "a room with a slash in its name",
    { ...json({ name: "a/b" }), path: "/api/rooms/" },
    400,
    wrong("name", /must not contain \//),
  ],
  [
    "a room with a long name",
    { ...json({ name: "a".repeat(65) }), path: "/api/rooms/" },
    400,
    wrong("name", /no more than 64/),
  ],
  [
    "a room by somebody with a reserved name",
    { ...json({ name: "ok", username: "Admin" }), path: "/api/rooms/" },
    400,
    wrong("username", /./),
  ],
]
