/** A drawing that reads well on white and on black, also where it is shown as an image. */
export const drawing = (
  title: string,
  [width, height]: readonly [number, number],
  parts: ReadonlyArray<string>,
): string => `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}">
<title>${escaped(title)}</title>
<style>
  text { font: 13px system-ui, sans-serif; fill: #24292f; }
  .title { font-weight: 600; font-size: 16px; }
  .head { font-weight: 600; }
  .faint { fill: #656d76; font-size: 12px; }
  .ours { fill: #0969da; }
  .other { fill: #9aa4ae; }
  .aim { stroke: #bc4c00; stroke-width: 2; }
  .aimed { fill: #bc4c00; font-size: 12px; }
  .line { stroke: #0969da; stroke-width: 2; fill: none; }
  .axis { stroke: #d0d7de; }
  .end { text-anchor: end; }
  .middle { text-anchor: middle; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .faint { fill: #8d96a0; }
    .ours { fill: #4493f8; }
    .other { fill: #6e7781; }
    .aim { stroke: #f0883e; }
    .aimed { fill: #f0883e; }
    .line { stroke: #4493f8; }
    .axis { stroke: #3d444d; }
  }
</style>
${parts.join("\n")}
</svg>
`

export const text = (x: number, y: number, what: string, kind = ""): string =>
  `<text x="${x}" y="${y}"${kind ? ` class="${kind}"` : ""}>${escaped(what)}</text>`

export const line = (from: readonly [number, number], to: readonly [number, number], kind: string): string =>
  `<line x1="${from[0]}" y1="${from[1]}" x2="${to[0]}" y2="${to[1]}" class="${kind}"/>`

/** Rounds to what an eye can see. */
export const at = (value: number): number => Math.round(value * 10) / 10

const escaped = (what: string): string =>
  what.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;")
