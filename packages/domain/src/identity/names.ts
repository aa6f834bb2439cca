/**
 * Letters of other scripts, and digits, that look like a Latin letter; after lower-casing. From Unicode TR39's
 * confusables, the ones people meet. Greek ones are told by their capitals, which are the same as Latin ones to the dot.
 */
const lookAlikes: Readonly<Record<string, string>> = {
  ...pairs("аaеeоoрpсcуyхxіiјjѕsһhԁdԛqԝwкkтtмmнhвbгrпnӏl"),
  ...pairs("αaοoρpνnιiκkυyηhτtωwγyχxβbεeζzμmςσ"),
  ...pairs("օoսuհhոnցgզqѕsյj"),
  ...pairs("0o1l|l!lıiɑaɡgℓl5s"),
  i: "l",
}

/** Accents, points and variation selectors. The vowel signs of Indic scripts and the voice marks of kana are letters. */
const marks = /[[\p{M}&&[\p{Script=Inherited}\p{Script=Hebrew}\p{Script=Arabic}]]--[\u3099\u309a]]/gv

const reserved = ["system", "roomlog", "admin", "administrator", "moderator", "everyone", "here", "all"]

/** A name as it is kept: compatibility forms and runs of spaces folded. */
export const canonical = (name: string): string => name.normalize("NFKC").replace(/\s+/gu, " ").trim()

/** Names that people could take for one another have the same key. */
export const key = (name: string): string => {
  const folded = canonical(name).toLowerCase().normalize("NFD").replace(marks, "")
  return [...folded]
    .map((letter) => lookAlikes[letter] ?? letter)
    .map((letter) => (letter === "i" ? "l" : letter))
    .join("")
    .replaceAll("rn", "m")
    .replaceAll("vv", "w")
    .replace(/[\s._-]+/gu, "")
}

const reservedKeys = new Set(reserved.map(key))

/** Nobody may be called so, nor anything that looks like it. */
export const isReserved = (name: string): boolean => reservedKeys.has(key(name))

/** The first free variation of a name that is taken: "Ann 2", "Ann 3", ... */
export const suggestion = (name: string, isTaken: (key: string) => boolean): string => {
  const stem = start(canonical(name).replace(/ \d+$/u, ""), 28)
  for (let n = 2; ; n++) if (!isTaken(key(`${stem} ${n}`))) return `${stem} ${n}`
}

const start = (name: string, graphemes: number): string =>
  Array.from(new Intl.Segmenter("en").segment(name), ({ segment }) => segment)
    .slice(0, graphemes)
    .join("")
    .trimEnd()

function pairs(letters: string): Record<string, string> {
  const all = [...letters]
  return Object.fromEntries(all.flatMap((letter, i) => (i % 2 === 0 ? [[letter, all[i + 1]!]] : [])))
}
