/** What the page of a diff needs beside the style of all pages; the contrast of text is at least 4.5 to 1 here too. */
export const DIFF_STYLE = `
:root { --new: #e6ffec; --new-word: #a6f0b5; --gone: #ffebe9; --gone-word: #ffc1bc; --new-ink: #0f5323; --gone-ink: #86101a; }
@media screen and (prefers-color-scheme: dark) {
  :root { --new: #0f2a19; --new-word: #1d5c33; --gone: #33161a; --gone-word: #742d31; --new-ink: #7ee295; --gone-ink: #ffa198; }
}
body { max-width: 64rem; }
ins, del { text-decoration: none; border-radius: 3px; padding: 0 0.1em; color: inherit; }
ins { background: var(--new-word); }
del { background: var(--gone-word); }
pre.diff { padding: 0.5rem 0; max-height: none; }
pre.diff code { display: block; width: max-content; min-width: 100%; }
pre.diff .line { display: block; padding: 0 1rem; min-height: 1.45em; }
pre.diff .added { background: var(--new); }
pre.diff .removed { background: var(--gone); }
pre.diff .gap { color: var(--soft); }
pre.prose { white-space: pre-wrap; overflow-wrap: anywhere; }
pre.prose code { width: auto; }
pre.prose .line { padding-left: 2.2rem; text-indent: -1.2rem; }
.change { border: 1px solid var(--line); border-left: 4px solid var(--soft); border-radius: 6px; padding: 0.75rem 1rem 0; margin: 0 0 1.25rem; }
.change.added { border-left-color: var(--new-ink); }
.change.removed { border-left-color: var(--gone-ink); }
.change h3 { margin: 0 0 0.25rem; }
.change h4 { margin: 0.75rem 0 0.35rem; font-weight: 600; }
.badge { font-size: 0.8rem; font-weight: 600; padding: 0.1em 0.5em; border-radius: 1em; border: 1px solid currentColor; color: var(--soft); vertical-align: middle; }
.badge.added { color: var(--new-ink); }
.badge.removed { color: var(--gone-ink); }
.facts { list-style: none; padding: 0; }
.facts li { margin-bottom: 0.35rem; }
.sentence { padding: 0.25rem 0.75rem; margin: 0 0 0.25rem; border-left: 4px solid; }
.sentence.removed { background: var(--gone); border-color: var(--gone-ink); }
.sentence.added { background: var(--new); border-color: var(--new-ink); }
.delta { color: var(--soft); font-size: 0.9em; white-space: nowrap; }
tr.added td { background: var(--new); }
tr.removed td { background: var(--gone); }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); gap: 1rem; }
.pair figcaption { color: var(--soft); font-size: 0.9rem; }
.pair figure { margin: 0 0 1rem; overflow-x: visible; }
.pair figure img { max-width: 100%; }
@media screen and (min-width: 76rem) { body { grid-template-columns: 14rem minmax(0, 66rem); max-width: 84rem; } }
@media print { pre.diff { white-space: pre-wrap; } pre.diff code { width: auto; } .change { break-inside: auto; } }
`;
