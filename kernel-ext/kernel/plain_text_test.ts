import { expect, test } from "vitest";
import { plainText } from "./plain_text.ts";

test.each<[string, Record<string, unknown>, string]>([
  ["Markdown", { "text/markdown": "**late**\n", "text/html": "<b>x</b>" }, "**late**"],
  [
    "a table",
    { "text/html": "<table><tr><th>a</th><th>b</th></tr>\n <tr><td>1 &lt; 2</td><td>&amp;lt;</td></tr></table>" },
    "a b\n1 < 2 &lt;",
  ],
  ["HTML with programs", { "text/html": "<style>b {}</style><b>bold</b><script>alert(1)</script>" }, "bold"],
  ["HTML that is cut", { "text/html": "late <script>alert(1)" }, "late"],
  ["HTML without words", { "text/html": "<progress value=1 " }, "(text/html)"],
  ["a figure", { "image/svg+xml": "<svg><title>Late &amp; early</title><path/></svg>" }, "Late & early"],
  ["a figure without a title", { "image/svg+xml": "<svg/>" }, "(image/svg+xml)"],
  ["pictures", { "image/png": "AAAA", "image/jpeg": "AAAA" }, "(image/jpeg, image/png)"],
  ["a chart", { "application/vnd.vegalite.v6+json": {} }, "chart (Vega-Lite 6)"],
  ["a chart of Vega", { "image/png": "AAAA", "application/vnd.vega.v5+json": {} }, "chart (Vega 5)"],
  ["JSON", { "application/json": { a: [1, null] }, "image/png": "AAAA" }, '{"a":[1,null]}'],
  ["what is no text", { "text/html": 3 }, "(text/html)"],
])("plainText() has words for %s", (_name, bundle, text) => {
  expect(plainText(bundle)).toBe(text);
});

test("plainText() is bounded, and so is its time", () => {
  expect(plainText({ "text/html": `<p>${"late ".repeat(1_000_000)}` })).toHaveLength(1_001);
  expect(plainText({ "text/html": "<script".repeat(1_000_000) })).toBe("(text/html)");
  expect(plainText({ "text/markdown": "🚣".repeat(1_000) }).isWellFormed()).toBe(true);
});
