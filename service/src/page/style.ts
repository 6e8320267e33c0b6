/** How the page looks, by day and by night. */
export const style = `
:root {
  color-scheme: light dark;
  --ground: #fbfbfa; --panel: #ffffff; --text: #1c1e21; --quiet: #5d6470; --line: #e2e4e8;
  --served: #3b74d6; --configured: #d5780f; --drawn: #c2255c; --bad: #b3261e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #131518; --panel: #1b1e23; --text: #e8eaed; --quiet: #a0a7b3; --line: #31353d;
    --served: #6b9bf0; --configured: #f2a541; --drawn: #f783ac; --bad: #ff8a80;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; padding: 2rem 1rem 3rem; background: var(--ground); color: var(--text);
  font: 16px/1.5 system-ui, sans-serif;
}
main { max-width: 56rem; margin: 0 auto; }
h1 { margin: 0; font-size: 1rem; font-weight: 600; color: var(--quiet); }
h2 { margin: 0; font-size: 1rem; font-weight: 600; }
p { margin: 0; }
.delay { margin: .25rem 0; font-size: clamp(2.5rem, 9vw, 4.5rem); font-weight: 650; line-height: 1.1;
  letter-spacing: -.02em; font-variant-numeric: tabular-nums; }
.delay small { font-size: .45em; font-weight: 500; color: var(--quiet); letter-spacing: 0; }
.quiet { color: var(--quiet); font-size: .875rem; overflow-wrap: anywhere; }
.bad { color: var(--bad); }
code { font: .95em ui-monospace, monospace; }
.actions { display: flex; flex-wrap: wrap; gap: .5rem; margin: 1rem 0 1.5rem; }
button { font: inherit; font-weight: 550; padding: .45rem .9rem; border: 1px solid var(--line); border-radius: .5rem;
  background: var(--panel); color: var(--text); cursor: pointer; }
button:hover { border-color: var(--quiet); }
button:focus-visible { outline: 2px solid var(--served); outline-offset: 2px; }
button[aria-pressed="true"] { background: var(--served); border-color: var(--served); color: var(--ground); }
section { margin-bottom: 1rem; padding: 1rem 1.25rem; border: 1px solid var(--line); border-radius: .75rem;
  background: var(--panel); }
.head { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; align-items: baseline; justify-content: space-between; }
.key { display: flex; flex-wrap: wrap; gap: .25rem 1rem; }
.key span::before { content: ""; display: inline-block; width: .8em; height: .8em; margin-right: .4em;
  border-radius: 2px; vertical-align: -.05em; background: var(--served); }
.key .configured::before { height: .2em; vertical-align: .25em; background: var(--configured); }
.key .drawn::before { width: .2em; background: var(--drawn); }
svg { display: block; width: 100%; height: 260px; margin-top: .75rem; }
svg text { fill: var(--quiet); font: 12px system-ui, sans-serif; font-variant-numeric: tabular-nums; }
svg .grid { stroke: var(--line); }
svg .served { fill: var(--served); }
svg .configured { fill: none; stroke: var(--configured); stroke-width: 2; }
svg .drawn { stroke: var(--drawn); stroke-width: 2; }
table { width: 100%; margin-top: .5rem; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .35rem 0 .35rem .75rem; text-align: right; white-space: nowrap; border-top: 1px solid var(--line); }
th:first-child, td:first-child { padding-left: 0; text-align: left; }
thead th { border-top: 0; color: var(--quiet); font-size: .875rem; font-weight: 500; }
@media (max-width: 28rem) {
  section { padding: .875rem 1rem; }
  table { font-size: .875rem; }
  th, td { padding-left: .5rem; }
}
`;
