/** The one style of a page. Colours of text have a contrast of at least 4.5 to 1 on every ground they stand on. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ink: #1f2328; --soft: #59636e; --ground: #fff; --box: #f6f8fa; --line: #d1d9e0; --link: #0757ba;
  --warn: #8a4600; --fail: #b3151f; --keyword: #b3151f; --string: #0a3069; --number: #0550ae; --name: #6639ba;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --ink: #e6edf3; --soft: #a2abb5; --ground: #0d1117; --box: #161b22; --line: #30363d; --link: #6cb0ff;
    --warn: #f0a35e; --fail: #ff8e86; --keyword: #ff8e86; --string: #a5d6ff; --number: #79c0ff; --name: #d2a8ff;
  }
  figure img, .text img { background: #fff; border-radius: 6px; }
}
* { box-sizing: border-box; }
html { scroll-behavior: auto; scroll-padding-top: 1rem; -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 52rem; background: var(--ground); color: var(--ink);
  font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; overflow-wrap: break-word;
}
h1, h2, h3, h4, h5, h6 { line-height: 1.25; margin: 1.6em 0 0.6em; }
h1 { font-size: 1.9rem; margin-top: 0; }
h2 { font-size: 1.4rem; padding-bottom: 0.25em; border-bottom: 1px solid var(--line); }
h3 { font-size: 1.15rem; }
h4, h5, h6 { font-size: 1rem; }
p, ul, ol, pre, table, figure, blockquote { margin: 0 0 1rem; }
a { color: var(--link); }
:target { scroll-margin-top: 1rem; outline: 2px solid var(--line); outline-offset: 0.4rem; border-radius: 4px; }
blockquote { padding-left: 1rem; border-left: 4px solid var(--line); color: var(--soft); }
hr { border: 0; border-top: 1px solid var(--line); }
img { max-width: 100%; height: auto; vertical-align: middle; }
.box { background: var(--box); border: 1px solid var(--line); border-radius: 6px; padding: 0.75rem 1rem; }
.box p { margin: 0 0 0.3rem; }
.box p:last-child { margin: 0; }
.warn { color: var(--warn); }
.findings li { margin-bottom: 0.35rem; }
.findings a { font-size: 0.9rem; }
.finding { border-left: 4px solid var(--link); padding: 0.1rem 0 0.1rem 0.9rem; }
nav { margin: 1.5rem 0; }
nav p { margin: 0 0 0.25rem; font-weight: 600; }
nav ul { list-style: none; padding: 0; margin: 0; }
nav a { display: block; padding: 0.2rem 0; text-decoration: none; }
nav a:hover { text-decoration: underline; }
nav .level-3 { padding-left: 1rem; }
nav .level-4 { padding-left: 2rem; }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 0.85rem; }
code { background: var(--box); padding: 0.15em 0.35em; border-radius: 4px; }
pre { background: var(--box); padding: 0.75rem 1rem; border-radius: 6px; overflow-x: auto; line-height: 1.45; tab-size: 2; max-height: 80vh; }
pre code { background: none; padding: 0; font-size: inherit; }
.cell { margin: 0 0 1rem; }
details.code { margin: 0 0 1.25rem; }
summary { cursor: pointer; color: var(--soft); font-size: 0.9rem; width: fit-content; }
details[open] > summary { margin-bottom: 0.5rem; }
.scroll { overflow: auto; max-height: 80vh; margin: 0 0 1rem; border: 1px solid var(--line); border-radius: 6px; width: fit-content; max-width: 100%; }
table { border-collapse: separate; border-spacing: 0; margin: 0; font-size: 0.9rem; width: max-content; }
th, td { padding: 0.4rem 0.75rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); white-space: pre-wrap; overflow-wrap: normal; max-width: 28rem; }
th { position: sticky; top: 0; background: var(--box); font-weight: 600; white-space: nowrap; }
tbody tr:last-child td { border-bottom: 0; }
.right { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.null { color: var(--soft); font-size: 0.8em; }
.note, .label, footer { color: var(--soft); font-size: 0.9rem; }
.label { margin: 0 0 0.25rem; }
.stderr pre { border-left: 4px solid var(--warn); border-radius: 0 6px 6px 0; }
.paper { display: none; }
.error { border-left: 4px solid var(--fail); padding-left: 0.9rem; }
.error strong { color: var(--fail); }
footer { margin-top: 3rem; border-top: 1px solid var(--line); padding-top: 1rem; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.hljs-comment, .hljs-quote { color: var(--soft); font-style: italic; }
.hljs-keyword, .hljs-operator, .hljs-template-tag, .hljs-template-variable, .hljs-name, .hljs-tag { color: var(--keyword); }
.hljs-string, .hljs-regexp, .hljs-char { color: var(--string); }
.hljs-number, .hljs-literal, .hljs-attr, .hljs-attribute, .hljs-symbol, .hljs-variable { color: var(--number); }
.hljs-title, .hljs-built_in, .hljs-type, .hljs-meta { color: var(--name); }
.hljs-subst { color: var(--ink); }
figure { overflow-x: auto; }
@media screen and (max-width: 32rem) {
  figure img { max-width: 30rem; }
  th, td { padding: 0.3rem 0.5rem; }
}
@media screen and (min-width: 76rem) {
  body { display: grid; grid-template-columns: 15rem minmax(0, 52rem); column-gap: 3rem; max-width: 73rem; }
  header, main, footer { grid-column: 2; }
  nav { grid-column: 1; grid-row: 1 / span 3; position: sticky; top: 1.5rem; align-self: start; max-height: calc(100vh - 3rem); overflow-y: auto; margin: 0; font-size: 0.9rem; }
}
@media print {
  @page { margin: 18mm 16mm; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  nav, details.code, .off-paper { display: none; }
  .paper { display: block; }
  .findings a::before { content: "("; }
  .findings a::after { content: ")"; }
  a { color: inherit; text-decoration: none; }
  h1, h2, h3, h4, h5, h6, summary { break-after: avoid; }
  p, li { orphans: 3; widows: 3; }
  figure, tr, blockquote, .box, .finding, .error { break-inside: avoid; }
  thead { display: table-header-group; }
  .scroll, pre { overflow: visible; max-height: none; max-width: 100%; }
  .scroll { border: 0; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid var(--line); }
  table { font-size: 8pt; width: auto; }
  th, td { padding: 0.15rem 0.35rem; overflow-wrap: break-word; }
  th { position: static; white-space: normal; }
  figure img { max-height: 22cm; }
}
`;
