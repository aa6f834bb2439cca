/** Letters of other scripts, and digits, that look like a Latin letter; after lower-casing. From Unicode TR39's confusables, the ones people meet. */
const lookAlikes: Readonly<Record<string, string>> = {
  ...pairs("аaеeоoрpсcуyхxіiјjѕsһhԁdԛqԝwкkтtмmнhвbгrпnӏl"),
  ...pairs("αaοoρpνvιiκkυuηnτtωwγyχxβbεe"),
  ...pairs("օoսuհhոnցgզqѕsյj"),
  ...pairs("0o1l|l!lıiɑaɡgℓl5s"),
  i: "l",
}

const reserved = ["system", "roomlog", "admin", "administrator", "moderator", "everyone", "here", "all"]

/** A name as it is kept: compatibility forms and runs of spaces folded. */
export const canonical = (name: string): string => name.normalize("NFKC").replace(/\s+/gu, " ").trim()

/** Names that people could take for one another have the same key. */
export const key = (name: string): string => {
  const folded = canonical(name).toLowerCase().normalize("NFD").replace(/\p{M}/gu, "")
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
  const stem = canonical(name).replace(/ \d+$/u, "").slice(0, 28)
  for (let n = 2; ; n++) if (!isTaken(key(`${stem} ${n}`))) return `${stem} ${n}`
}

function pairs(letters: string): Record<string, string> {
  const all = [...letters]
  return Object.fromEntries(all.flatMap((letter, i) => (i % 2 === 0 ? [[letter, all[i + 1]!]] : [])))
}
