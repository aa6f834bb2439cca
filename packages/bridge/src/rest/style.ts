/** How the few pages look that are made here, by day and by night. Their security policy names its hash. */
export const style = `
:root {
  color-scheme: light dark;
  --bg: light-dark(#fcfbf9, #141518); --panel: light-dark(#f4f2ee, #1a1c20); --raise: light-dark(#fff, #202329);
  --line: light-dark(#e6e2db, #2b2f36); --ink: light-dark(#1d1f23, #e8e6e1); --soft: light-dark(#565a62, #a6aab3);
  --accent: light-dark(#0b6e6e, #4fc3bb); --on-accent: light-dark(#fff, #06201e);
  --accent-soft: light-dark(#dff0ee, #15312f); --bad: light-dark(#b4232a, #f58b8b); --bad-soft: light-dark(#fcebea, #351d1f);
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 60rem; padding: 2rem 1.25rem 4rem; background: var(--bg); color: var(--ink);
  font: 1rem/1.5 ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; overflow-wrap: break-word;
}
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.15rem; margin: 2.5rem 0 .75rem; }
p { margin: .25rem 0 .75rem; max-width: 46rem; }
a { color: var(--accent); text-underline-offset: 2px; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
code, pre { font-family: var(--mono); font-size: .9em; }
.soft { color: var(--soft); }
nav { display: flex; flex-wrap: wrap; gap: .4rem .9rem; margin: 1.25rem 0; font-size: .95rem; }
details { background: var(--panel); border: 1px solid var(--line); border-radius: 10px; margin: .6rem 0; }
summary { display: flex; flex-wrap: wrap; align-items: baseline; gap: .3rem .75rem; padding: .7rem .9rem; cursor: pointer; }
summary::-webkit-details-marker { display: none; }
summary::after { content: "+"; margin-inline-start: auto; color: var(--soft); }
details[open] > summary::after { content: "\\2212"; }
td:first-child { white-space: nowrap; }
details > div { padding: 0 .9rem .9rem; overflow-x: auto; }
.verb {
  flex: none; min-width: 4.4rem; text-align: center; padding: .1rem .5rem; border-radius: 6px; font: 600 .8rem/1.5 var(--mono);
  background: var(--accent-soft); color: var(--accent);
}
.verb.post { background: var(--accent); color: var(--on-accent); }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1rem; font-size: .95rem; }
th { text-align: start; font-weight: 600; color: var(--soft); font-size: .85rem; }
th, td { padding: .35rem .8rem .35rem 0; border-top: 1px solid var(--line); vertical-align: top; }
pre { background: var(--raise); border: 1px solid var(--line); border-radius: 8px; padding: .75rem .9rem; overflow-x: auto; }
main.card {
  max-width: 25rem; margin: 10vh auto 0; padding: 1.75rem; background: var(--raise); border: 1px solid var(--line); border-radius: 14px;
}
label { display: block; margin: 1rem 0 .3rem; font-weight: 600; font-size: .95rem; }
input, button { width: 100%; min-height: 2.75rem; padding: .4rem .8rem; font: inherit; border-radius: 9px; }
input { color: inherit; background: var(--bg); border: 1px solid var(--line); }
input[aria-invalid="true"] { border-color: var(--bad); }
button { margin-top: 1.4rem; border: 0; background: var(--accent); color: var(--on-accent); font-weight: 600; cursor: pointer; }
.problem { margin: .4rem 0 0; padding: .45rem .7rem; border-radius: 8px; background: var(--bad-soft); color: var(--bad); font-size: .95rem; }
`
