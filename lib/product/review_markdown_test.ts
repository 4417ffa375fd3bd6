import fc from "fast-check";
import { parseHTML } from "linkedom";
import MarkdownIt from "markdown-it";
import { expect, test } from "vitest";
import { diffNotebooks, type Notebook } from "../notebook/mod.ts";
import { type Review, reviewMarkdown, reviewText } from "./mod.ts";

const AT = { revision: "main", commit: "0123456789abcdef" };
const NONE: Review = {
  base: AT,
  head: { revision: "change", commit: "fedcba9876543210" },
  notes: [],
  notebooks: [],
  metrics: [],
  thresholds: [],
  functions: [],
  endpoints: [],
  modules: [],
  charts: [],
};

function notebook(text: string): Notebook {
  const finding = { text: `It is ${text}.`, values: { [text]: 1 } };
  const schema = { fields: [{ name: "key", type: "string" }, { name: text === "key" ? "k" : text, type: "string" }] };
  const table = { schema, data: [{ key: text, [text]: text }] };
  return {
    cells: [
      { cell_type: "markdown", id: "intro", metadata: {}, source: `# ${text}?` },
      {
        cell_type: "code",
        id: "a",
        metadata: {},
        source: `//| label: ${text}\n${text}`,
        execution_count: 1,
        outputs: [
          { output_type: "display_data", metadata: {}, data: { "application/vnd.boathouse.finding+json": finding } },
          { output_type: "display_data", metadata: {}, data: { "application/vnd.dataresource+json": table } },
          { output_type: "display_data", metadata: {}, data: { "image/svg+xml": "<svg/>", "text/plain": text } },
          { output_type: "stream", name: "stdout", text },
          { output_type: "error", ename: text, evalue: text, traceback: [text] },
        ],
      },
    ],
    metadata: { title: text },
    nbformat: 4,
    nbformat_minor: 5,
  };
}

/** A review in which all that comes from others is one text. */
function reviewOf(text: string): Review {
  const diff = diffNotebooks(notebook("old"), notebook(text));
  const value = { name: text, old: text, new: `${text}!` };
  const doubtful = [{ cell: text, verdict: "stale", reason: text }];
  return {
    ...NONE,
    base: { revision: text, commit: AT.commit },
    notes: [text],
    notebooks: [{ file: text, oldFile: text, state: "changed", problems: [text], diff, verdicts: {}, doubtful }],
    metrics: [{ product: text, model: text, value, holds: true, bound: "at most 1" }],
    thresholds: [{ product: text, model: text, metric: text, old: "", new: "at most 1" }],
    functions: [{ name: text, notebook: text, cell: text, label: text, state: "changed", why: [text] }],
    endpoints: [{
      endpoint: text,
      file: text,
      state: "changed",
      settings: [value],
      functions: [text],
      models: [text],
      problem: text,
    }],
    modules: [{ file: text, state: "changed", cells: [{ notebook: text, cell: text }] }],
    charts: [{ old: text, new: text }],
  };
}

test("reviewMarkdown() writes the golden comment", async () => {
  const golden = await Deno.readTextFile(new URL("./testdata/review.md", import.meta.url));
  expect(reviewMarkdown(await reviewOf("delay by hour"), { link: "https://forge.example/{commit}/{path}" })).toBe(
    golden,
  );
});

/** What a forge would make of it: HTML is kept, addresses become links. */
function render(markdown: string) {
  const html = new MarkdownIt({ html: true, linkify: true }).render(markdown);
  const { document } = parseHTML(`<html><body>${html}</body></html>`) as unknown as { document: Page };
  const names = [...document.querySelectorAll("body *")].map(({ localName }) => localName);
  return { names, prose: document.body.innerHTML.replace(/<(pre|code)[^>]*>[^]*?<\/\1>/g, "") };
}

interface Page {
  body: { innerHTML: string };
  querySelectorAll(selector: string): Iterable<{ localName: string }>;
}

const OURS = new Set(
  "h2 h3 p strong ul li del ins blockquote table thead tbody tr th td details summary pre code br".split(" "),
);

function expectTame(markdown: string): void {
  const { names, prose } = render(markdown);
  expect(names.filter((name) => !OURS.has(name))).toEqual([]);
  expect(prose.match(/@[\w-]|(?<!&)#\d|\bgh-\d|https?:\/\/|www\./i)).toBe(null);
  const open = (tag: string) => markdown.match(new RegExp(`^<${tag}>`, "gm"))?.length ?? 0;
  const close = markdown.match(/^<\/details>$/gm)?.length ?? 0;
  expect([open("details"), open("summary")]).toEqual([close, close]);
}

const HOSTILE = [
  "@ann",
  "#12 and GH-12 and owner/repo#12 and !12",
  "https://evil.example/x www.evil.example mail@evil.example",
  "</summary></details><script>alert(1)</script>",
  "```\n````\n~~~\n</details>\n# Title",
  "`` ` ``` code",
  "a | b |\n| --- |",
  "![x](https://evil.example/y.png) [z](javascript:alert(1))",
  "<img src=x onerror=alert(1)> <!-- --> <![CDATA[",
  "\n\n\n<details>\n\n- [ ] item\n",
  "\u202egnirts\u0000\ud800 \r\n\t",
  "&lt;b&gt; &#64;ann &amp;",
  "1. one\n* two\n> three\n    four",
  "[ref]: https://evil.example\n[ref]",
  "$x$ ~~y~~ __z__ *q* \\",
];

test.each(HOSTILE.map((text) => [text]))("reviewMarkdown() shows %j as it is", async (text) => {
  const review = await reviewOf(text);
  expectTame(reviewMarkdown(review));
  // deno-lint-ignore no-control-regex
  expect([reviewMarkdown(review), reviewText(review)].join()).not.toMatch(/[\u202a-\u202e\u0000-\u0008\u200b]/);
});

test("reviewMarkdown() shows any text as it is", async () => {
  const part = fc.oneof(
    fc.constantFrom(...HOSTILE),
    fc.string({ unit: "binary", maxLength: 12 }),
    fc.constantFrom("`", "<", "\n", "|", "@a", "#1", "*", "~", "&", "://"),
  );
  const texts = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join(""));
  await fc.assert(fc.asyncProperty(texts, async (text) => expectTame(reviewMarkdown(await reviewOf(text)))), {
    numRuns: 150,
  });
});

test("reviewMarkdown() keeps to its limit, leaves the least important out and counts it", () => {
  const many = (count: number, make: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => make(index));
  const cells = many(300, (index) => `const value${index} = ${"x".repeat(500)};`);
  const code = (source: string, index: number) => {
    return { cell_type: "code" as const, id: `c${index}`, metadata: {}, source, outputs: [], execution_count: 1 };
  };
  const empty = { cells: [], metadata: {}, nbformat: 4 as const, nbformat_minor: 5 as const };
  const diff = diffNotebooks(empty, { ...empty, cells: cells.map(code) });
  const doubtful = many(20, (index) => `doubt${index}`).map((cell) => ({ cell, verdict: "stale", reason: "edited" }));
  const charts = many(50, (index) => `reports/c${index}.svg`).map((path) => ({ old: path, new: path }));
  const notebooks = [{ file: "a.ipynb", state: "changed" as const, problems: [], diff, verdicts: {}, doubtful }];
  const markdown = reviewMarkdown({ ...NONE, notebooks, charts });
  expect(markdown.length).toBeLessThanOrEqual(60_000);
  expect(markdown.length).toBeGreaterThan(55_000);
  for (const { cell } of doubtful) expect(markdown).toContain(`**${cell}** of a.ipynb is stale: edited`);
  expect(markdown.match(/reports\/c\d+\.svg/g)).toHaveLength(50);
  const shown = markdown.match(/<details>/g)!.length;
  expect(markdown).toContain(
    `> **Left out**, as this holds at most 60,000 characters: ${300 - shown} of 300 changed cells.`,
  );
  const hundred = many(100, (index) => `n${index}.ipynb`).map((file) => ({ ...notebooks[0]!, file, doubtful: [] }));
  const wide = reviewMarkdown({ ...NONE, notebooks: hundred });
  expect(wide.length).toBeLessThanOrEqual(60_000);
  expect(wide).toMatch(/Left out.*: [\d,]+ of 30,?000 changed cells\. /);
  const short = reviewMarkdown({ ...NONE, notebooks, charts }, { limit: 3_000 });
  expect(short.length).toBeLessThanOrEqual(3_000);
  expect(short).toMatch(/Left out.*300 of 300 changed cells/);
});
