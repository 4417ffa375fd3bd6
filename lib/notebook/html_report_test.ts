import { expect, test } from "vitest";
import { type CellVerdicts, type CodeVerdict, type HtmlReportOptions, type Output, reportHtml } from "./mod.ts";
import { notebookOf, type SketchedCell } from "./testdata/sketch.ts";
import { notebook, show, SVG, WHOLE } from "./testdata/whole.ts";

async function mainOf(cells: SketchedCell[], options: Partial<HtmlReportOptions> = {}): Promise<string> {
  const page = await reportHtml(notebookOf(cells), { name: "x", ...options });
  return page.slice(page.indexOf("<main>") + 6, page.indexOf(`<section class="provenance">`)).trim();
}

async function outputOf(...outputs: Output[]): Promise<string> {
  const page = await reportHtml(notebook([{ id: "a", code: "", outputs }]), { name: "x" });
  return page.slice(page.indexOf(`id="cell-a">\n`) + 13, page.indexOf("\n</div>\n<section"));
}

const PNG = "iVBORw0KGgo=";

test("reportHtml() gives one page without script or request, the same each time", async () => {
  const page = await reportHtml(WHOLE, { name: "whole", link: "../../notebooks/flights/whole.ipynb" });
  expect(page).toContain(`content="default-src 'none'; img-src data:; style-src 'sha256-`);
  expect(page).not.toMatch(/<script|<[^>]* (on\w+|style)=|<img[^>]*src="(?!data:)/);
  expect(page.match(/<(link|meta) [^>]*(href|url)/g)).toHaveLength(1);
  expect(page).toContain(`<a href="../../notebooks/flights/README.md">the spec</a>`);
  expect(page).toContain(`<a href="https://example.org" rel="noopener noreferrer">data</a>`);
  expect(page).toContain(`Made from <a href="../../notebooks/flights/whole.ipynb">whole.ipynb</a>`);
  expect(await reportHtml(WHOLE, { name: "whole", link: "../../notebooks/flights/whole.ipynb" })).toBe(page);
});

test("reportHtml() puts what it is true of, findings and contents on top", async () => {
  const page = await reportHtml(WHOLE, { name: "whole" });
  const head = page.slice(page.indexOf("<header>"), page.indexOf("<main>"));
  expect(head).toContain("<h1>What drives delay?</h1>");
  expect(head).toContain(
    "<strong>True of</strong> flights until 2001-05-31, 413,000 rows; by_hour version\u00a07; model flight-delay\u00a02</p>",
  );
  expect(head).toContain("<strong>with</strong> until = 2001-05-01");
  expect(head).toContain(`<li>Worst is ORD_LGA with 12.35 minutes. <a href="#cell-worst">Where</a></li>`);
  expect(head).toContain(`<li class="level-3"><a href="#deep">Deep</a></li>`);
  expect(page).toContain(`<h2 id="where">Where</h2>`);
  expect(page).toContain("<td>flights</td><td>413,000 rows up to offsets 0: 206,500 / 1: 206,500, newest of");
  expect(page).toContain("Ran with Deno 2.9.6, Boathouse 0.1.0.");
});

test("reportHtml() says so when no run is recorded", async () => {
  const page = await reportHtml(notebookOf([]), { name: "x_y" });
  expect(page).toContain('<h1>x_y</h1>\n<div class="box">\n<p><strong>No run is recorded</strong>');
  expect(page).not.toContain("<nav");
});

test("reportHtml() tells the verdicts with their reasons, and calls nothing fresh", async () => {
  const verdict = <V extends string>(verdict: V, reason = "") => ({ verdict, reason, chain: [] });
  const base = { number: 1, label: null, inputs: verdict("none"), proof: verdict("proven") };
  const verdicts: CellVerdicts[] = [
    { ...base, cell: "a", code: verdict("fresh") },
    {
      ...base,
      cell: "b",
      label: "<b>",
      code: verdict("stale", `module "m.ts" changed`),
      proof: verdict("unproven", "it read the clock"),
    },
  ];
  const cells = [{ id: "a", code: "1" }, { id: "b", code: "2" }];
  const page = await reportHtml(notebookOf(cells), { name: "x", verdicts });
  expect(page).toContain(`<strong class="warn">1 of 2 cells</strong> had other code when this page was made.`);
  expect(page).toContain("<tr><td>a</td><td>as it ran</td><td></td><td>proven</td></tr>");
  expect(page).toContain(
    "<td>&lt;b&gt;</td><td>stale: module &quot;m.ts&quot; changed</td><td></td><td>unproven: it read the clock</td>",
  );
  const whole = await reportHtml(notebookOf(cells), { name: "x", verdicts: verdicts.slice(0, 1) });
  expect(whole).toContain("the code of all 1 cells was as it ran");
  expect(page + whole).not.toContain("fresh");
});

test("reportHtml() tells cells that never ran apart from those with other code", async () => {
  const verdict = <V extends string>(verdict: V) => ({ verdict, reason: "", chain: [] });
  const verdictsOf = (...codes: CodeVerdict[]): CellVerdicts[] =>
    codes.map((code, at) => {
      const proof = verdict("unproven" as const);
      return { cell: `c${at}`, number: at + 1, label: null, code: verdict(code), inputs: verdict("none"), proof };
    });
  const boxOf = async (...codes: CodeVerdict[]) => {
    const page = await reportHtml(notebookOf([{ id: "c0", code: "1" }]), { name: "x", verdicts: verdictsOf(...codes) });
    return /<p>(.*) <a href="#provenance">/.exec(page)![1];
  };
  expect(await boxOf("never run", "never run")).toBe(
    `<strong class="warn">None of its 2 cells has run</strong> when this page was made.`,
  );
  expect(await boxOf("never run")).toBe(
    `<strong class="warn">Its one cell has not run</strong> when this page was made.`,
  );
  expect(await boxOf("fresh", "stale", "never run")).toBe(
    `<strong class="warn">1 of 3 cells</strong> had other code, and <strong class="warn">1</strong> had not run, when this page was made.`,
  );
});

test("reportHtml() folds code, and names each cell once", async () => {
  const cells = [{ id: "a", code: "//| label: load\nlet a = 1;" }, { id: "b", code: "a < 2" }, {
    id: "c",
    markdown: "## a",
  }];
  expect(await mainOf(cells)).toBe(`<details class="code">
<summary>Code: load</summary>
<div id="cell-a"><pre tabindex="0"><code><span class="hljs-comment">//| label: load</span>
<span class="hljs-keyword">let</span> a = <span class="hljs-number">1</span>;</code></pre></div>
<div id="cell-b"><pre tabindex="0"><code>a &lt; <span class="hljs-number">2</span></code></pre></div>
</details>`);
});

test("reportHtml() names headings apart from cells, and keeps their order of levels", async () => {
  const texts = ["# Why?", "# Provenance\n\n#### cell a\n\n###### Deep", "# Provenance", "# <b> `x` *y*"];
  const page = await mainOf(texts.map((markdown, index) => ({ id: `${"abcd"[index]}`, markdown })));
  expect(page.match(/<h\d.*<\/h\d>/g)).toEqual([
    `<h2 id="provenance-1">Provenance</h2>`,
    `<h3 id="cell-a-1">cell a</h3>`,
    `<h4 id="deep">Deep</h4>`,
    `<h2 id="provenance-2">Provenance</h2>`,
    `<h2 id="b-x-y">&lt;b&gt; <code>x</code> <em>y</em></h2>`,
  ]);
});

test("reportHtml() makes pictures part of the page, where they can be had", async () => {
  const files: Record<string, string> = { "map one.png": "PNG", "a.svg": `<svg onload="x"/>`, "bad.svg": "<p>" };
  const asked: string[] = [];
  const readImage = (path: string) => {
    asked.push(path);
    return Promise.resolve(files[path] === undefined ? null : new TextEncoder().encode(files[path]));
  };
  const source =
    "![one](map%20one.png) ![two](a.svg) ![three](bad.svg) ![four](../../x.png) ![five](x.txt) ![six](https://e.org/x.png)";
  const page = await mainOf([{ id: "a", markdown: source }], { readImage });
  expect(asked).toEqual(["map one.png", "a.svg", "bad.svg", "../../x.png"]);
  expect(page).toContain(`<img alt="one" src="data:image/png;base64,UE5H">`);
  expect(page).toContain(
    `<img alt="two" src="data:image/svg+xml;base64,${btoa(`<svg xmlns="http://www.w3.org/2000/svg"/>\n`)}">`,
  );
  for (const name of ["three", "four", "five"]) expect(page).toContain(`[${name}: a picture is left out]`);
  expect(page).toContain("[six: a picture from elsewhere is left out]");
});

test("reportHtml() shows attachments", async () => {
  const made = notebookOf([{ id: "a", markdown: "![x](attachment:a%20b.png) ![y](attachment:c.png)" }]);
  Object.assign(made.cells[0]!, { attachments: { "a b.png": { "image/png": PNG }, "c.png": { "image/png": "?" } } });
  const page = await reportHtml(made, { name: "x" });
  expect(page).toContain(
    `<img alt="x" src="data:image/png;base64,${PNG}"> <span class="note">[y: a picture is left out]`,
  );
});

test("reportHtml() shows each kind of output", async () => {
  expect(await outputOf(show({ "image/svg+xml": SVG, "text/plain": `A "map"` }))).toBe(
    `<figure tabindex="0"><img alt="A &quot;map&quot;" src="data:image/svg+xml;base64,${btoa(`${SVG}\n`)}"></figure>`,
  );
  expect(await outputOf(show({ "image/svg+xml": `<svg onload="x"/>` }))).toContain(
    `<figcaption class="note">Left out of the figure: an event handler</figcaption>`,
  );
  expect(await outputOf({ output_type: "error", ename: "E", evalue: "<m>", traceback: ["E: <m>", " at 1"] })).toBe(
    `<div class="error"><p><strong>Failed</strong> E: &lt;m&gt;</p>\n<pre tabindex="0"><code>E: &lt;m&gt;\n at 1</code></pre></div>`,
  );
  expect(await outputOf({ output_type: "stream", name: "stderr", text: "<s>" })).toBe(
    `<div class="stderr"><p class="label">standard error</p>\n<pre tabindex="0"><code>&lt;s&gt;</code></pre></div>`,
  );
  expect(await outputOf(show({ "text/html": "<b>" }))).toBe(
    `<p class="note">An output is left out: HTML has no form for a report</p>`,
  );
});

test("reportHtml() bounds tables and texts, and says so", async () => {
  const fields = Array.from({ length: 60 }, (_, column) => ({ name: `c${column}` }));
  const data = Array.from({ length: 10_000 }, (_, row) => ({ c0: row, c1: "x".repeat(500) }));
  const table = await outputOf(show({ "application/vnd.dataresource+json": { schema: { fields }, data } }));
  expect(table).toContain(`<p class="note">200 of 10,000 rows, 50 of 60 columns</p>`);
  expect(table).toContain(`<p class="note paper">The first`);
  expect(table.match(/<tr>/g)).toHaveLength(201);
  const text = await outputOf({ output_type: "stream", name: "stdout", text: "line\n".repeat(5000) });
  expect(text.match(/line\n/g)).toHaveLength(299);
  expect(text).toContain(`<p class="note">4700 more lines, not shown</p>`);
});

test("reportHtml() bounds outputs, JSON, findings, names and Markdown that is hard to read", async () => {
  const streams: Output[] = Array.from({ length: 250 }, (_, at) => {
    return { output_type: "stream", name: at % 2 ? "stdout" : "stderr", text: "a" };
  });
  expect(await outputOf(...streams)).toContain(`<p class="note">150 more outputs are left out</p>`);
  const json = await outputOf(
    show({ "application/json": Array.from({ length: 100_000 }, () => [["x".repeat(5000)]]) }),
  );
  expect(json).toContain("The rest of a long JSON is left out");
  expect(json.length).toBeLessThan(200_000);
  const markdown = await outputOf(show({ "text/markdown": "![".repeat(100_000) }));
  expect(markdown).toMatch(/^<pre[^>]*><code>!\[/);
  expect(markdown).toContain("The rest of a long text is left out");
  const long = "y ".repeat(100_000);
  const finding = show({ "application/vnd.boathouse.finding+json": { text: long, values: {} } });
  const made = notebook([{ id: "a", code: `//| label: ${long}\n1`, outputs: [finding] }], {
    [long]: { table: long, version: 1, digest: long },
  });
  expect((await reportHtml(made, { name: "x" })).length).toBeLessThan(30_000 + made.cells[0]!.source.length);
});
