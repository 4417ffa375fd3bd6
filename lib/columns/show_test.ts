import { parseHTML } from "linkedom";
import { expect, test } from "vitest";
import { everyType } from "./testdata/every_type.ts";
import { tableFromRows } from "./from_rows.ts";
import { escapeHtml, tableHtml } from "./table_html.ts";
import { tableMarkdown } from "./table_markdown.ts";
import { tableText } from "./table_text.ts";

interface Page {
  querySelectorAll(
    selector: string,
  ): Iterable<{ tagName: string; textContent: string }> & { tagName: string; textContent: string }[];
}

const HOSTILE = [
  "<script>alert(1)</script>",
  "a|b",
  "[x](javascript:alert(1))",
  "![i](http://evil.example/i.png)",
  "line\nbreak\r\ttab",
  "\u001b[31mred\u001b[0m",
  "`code` *bold* _it_ ~~no~~ $x$",
  "\u202egnp.exe",
  "www.evil.example",
  "x".repeat(10_000),
  "&lt;b&gt;",
  "'\"",
];
const hostile = tableFromRows(HOSTILE.map((name) => ({ name, "<b>col|umn\n": 1 })));

test("tableText() shows names, types, first rows and the total, numbers to the right", () => {
  const rows = Array.from({ length: 1234 }, (_, i) => ({ origin: "ATL", delay: i + 0.123456, n: i }));
  expect(tableText(tableFromRows(rows), { maxRows: 2 })).toBe([
    "origin   delay      n",
    "string  double  int64",
    "──────  ──────  ─────",
    "ATL     0.1235      0",
    "ATL     1.1235      1",
    "2 of 1,234 rows, 3 columns",
  ].join("\n"));
});

test("tableText() shows every type on one line each, 64-bit integers and decimals exactly", () => {
  const lines = tableText(everyType()).split("\n");
  expect(lines).toHaveLength(6);
  const shown = ["true", "-7", "-9007199254740991", "NaN", "1.5", "-123.45", "é😀", "00ff (2 bytes)", "1969-12-31"];
  const nested = ["1969-12-31 23:59:59.999", "1970-01-01 00:00:01.500", '["a","b"]', '{"x":1,"y":"p"}', '{"k":3}'];
  for (const cell of [...shown, ...nested]) expect(lines[3]).toContain(cell);
  expect(lines[4]!.match(/NULL/g)).toHaveLength(14);
});

test("tableText() writes numbers short but true", () => {
  const values = [0, -0, 1e21, 0.00012345678, 123456.789012, 1e-300, Infinity, NaN, 0.5];
  const lines = tableText(tableFromRows(values.map((x) => ({ x })))).split("\n").slice(3, -1).map((line) =>
    line.trim()
  );
  expect(lines).toEqual(["0", "-0", "1e+21", "0.00012346", "123456.789", "1e-300", "Infinity", "NaN", "0.5"]);
});

test("tableText() holds no control characters and cuts long text", () => {
  const text = tableText(hostile, { maxRows: 20 });
  // deno-lint-ignore no-control-regex
  expect(text.replaceAll("\n", "")).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
  expect(text.split("\n")).toHaveLength(HOSTILE.length + 4);
  expect(text).toContain("line\\nbreak\\r\\ttab");
  expect(text).toContain("\\u001b[31mred");
  expect(text).toContain(`${"x".repeat(59)}…`);
});

test("tableText(), tableHtml() and tableMarkdown() tell the total of which the table is the beginning", () => {
  const table = tableFromRows([{ a: 1 }]);
  for (const show of [tableText, tableHtml, tableMarkdown]) {
    expect(show(table, { totalRows: 500_000 })).toContain("1 of 500,000 rows, 1 column");
  }
});

test("tableText() of an empty table gives the total alone", () => {
  expect(tableText(tableFromRows([]))).toBe("0 rows, 0 columns");
});

test("tableHtml() escapes every cell and name, so that the page holds text only", () => {
  const html = tableHtml(hostile, { maxRows: 20 });
  const { document } = parseHTML(`<body>${html}</body>`) as unknown as { document: Page };
  const tags = new Set([...document.querySelectorAll("*")].map((element) => element.tagName.toLowerCase()));
  expect([...tags].sort()).toEqual(["body", "br", "div", "p", "small", "table", "tbody", "td", "th", "thead", "tr"]);
  expect(document.querySelectorAll("td")[0]!.textContent).toBe(HOSTILE[0]);
  expect(document.querySelectorAll("td")[20]!.textContent).toBe("&lt;b&gt;");
  expect(document.querySelectorAll("th")[1]!.textContent).toBe("<b>col|umn\\nint64");
});

test("tableHtml() tells NULL from text and shows the total", () => {
  const html = tableHtml(tableFromRows([{ a: null }, { a: "NULL" }, { a: "x" }]), { maxRows: 2 });
  expect(html.match(/<span style="opacity: 0.5">NULL<\/span>/g)).toHaveLength(1);
  expect(html).toContain("<small>2 of 3 rows, 1 column</small>");
});

test("tableMarkdown() writes one line per row and keeps the number of columns", () => {
  const markdown = tableMarkdown(hostile, { maxRows: 20 });
  const lines = markdown.split("\n");
  expect(lines).toHaveLength(HOSTILE.length + 2);
  expect(lines[1]).toBe("| :--- | ---: |");
  for (const line of lines) expect(line.replace(/\\./g, "").match(/\|/g)).toHaveLength(3);
  expect(markdown).not.toMatch(/<|https?:\/\/|\bwww\.|(^|[^\\])[*_`[\]]/);
});

test("tableMarkdown() leaves NULL empty and numbers plain, and gives the total when rows are left out", () => {
  const table = tableFromRows([{ a: -1.5, b: null }, { a: 2, b: "x" }]);
  expect(tableMarkdown(table)).toBe("| a | b |\n| ---: | :--- |\n| -1.5 |  |\n| 2 | x |");
  expect(tableMarkdown(table, { maxRows: 1 })).toBe(
    "| a | b |\n| ---: | :--- |\n| -1.5 |  |\n\n1 of 2 rows, 2 columns",
  );
});

test("escapeHtml() escapes what HTML reads as markup", () => {
  expect(escapeHtml(`<a href="x" id='y'>&`)).toBe("&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;");
});
