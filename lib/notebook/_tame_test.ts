import fc from "fast-check";
import MarkdownIt from "markdown-it";
import { expect, test } from "vitest";
import { tameCell, tameHeading, tameOutput } from "./_tame.ts";

test.each([
  ["# a < b\n\n1 <2 & 3 > 2 `<b>` **x** \\<i>", "# a < b\n\n1 <2 & 3 > 2 `<b>` **x** \\<i>"],
  ["a <b>c</b> <!-- d --> H<sub>2</sub>O", "a &lt;b>c&lt;/b> &lt;!-- d --> H&lt;sub>2&lt;/sub>O"],
  ["```html\n<b>\n```\n\n    <i>\n", "```html\n<b>\n```\n\n    <i>\n"],
  ["- ```\n  <b>\n  ```\n<script>1</script>", "- ```\n  <b>\n  ```\n&lt;script>1&lt;/script>"],
  ["`a | <b>`", "`a | &lt;b>`"],
  ["\\`<b>`", "\\`&lt;b>`"],
  ["<https://example.org> <javascript:alert(1)>", "<https://example.org> &lt;javascript:alert(1)>"],
  ['[a](b.md) [c](../d/e.png#f "g") [h](https://i) [j](#k)', '[a](b.md) [c](../d/e.png#f "g") [h](https://i) [j](#k)'],
  [
    "[a](javascript:b) [c]( &#106;avascript:d) [e](<data:f>)",
    "[a](#javascript:b) [c]( #&#106;avascript:d) [e](#data:f>)",
  ],
  ["![a](b.png) ![c](../d.png)", "![a](b.png) ![c](../d.png)"],
  [
    "![a](https://example.org/b.png) ![c](//example.org/d.png)",
    "[a](https://example.org/b.png) [c](//example.org/d.png)",
  ],
  ["text\n\n```ts\nlet a;", "text\n\n```ts\nlet a;\n```"],
  ["~~~\n```\n", "~~~\n```\n~~~"],
])("tameCell(%j)", (markdown, tamed) => {
  expect(tameCell(markdown)).toBe(tamed);
});

test.each([
  ["![a][b]\n\n[b]: https://example.org/c.png", /^\\!\[a\]\[b\]/],
  ["[![a](https://b)](javascript:c)", /#javascript/],
])("tameCell(%j) tames what is hidden in references and nests", (markdown, tamed) => {
  expect(tameCell(markdown)).toMatch(tamed);
});

test("tameOutput() leaves a table's escapes alone", () => {
  expect(tameOutput("| &lt;b&gt; &amp; https:&#47;&#47;x | a & b |")).toBe(
    "| &lt;b&gt; &amp; https:&#47;&#47;x | a &amp; b |",
  );
});

test("tameOutput() keeps Markdown and drops HTML, pictures and code in links", () => {
  expect(tameOutput("> **a** <b> [c](https://d) [e](JavaScript:f) ![g](h.png)\n\n[i]: data:j")).toBe(
    "> **a** &lt;b&gt; [c](https://d) [e](#JavaScript:f) \\![g](#h.png)\n\n[i]: #data:j",
  );
});

test("tameCell() and tameOutput() show what takes too long to read as it was written", () => {
  const text = "![".repeat(2001);
  expect([tameCell(text), tameOutput(text)]).toEqual(Array(2).fill(`\`\`\`markdown\n${text}\n\`\`\``));
  expect(tameCell("[a](b) ".repeat(2000))).toBe("[a](b) ".repeat(2000));
  expect(tameCell(`- [a](b)\n`.repeat(5000))).toBe(`- [a](b)\n`.repeat(5000));
});

test("tameHeading() is one line whatever it holds", () => {
  expect(tameHeading("Why `x` <b>?")).toBe("# Why `x` &lt;b>?");
  expect(tameHeading("[".repeat(2001))).toBe(`# ${"\\[".repeat(2001)}`);
  expect(tameHeading("```x")).toBe("# \\`\\`\\`x");
});

const FORGE = new MarkdownIt({ html: true });
FORGE.validateLink = () => true;
const piece = fc.constantFrom(
  ...[
    "<script>",
    "</script>",
    "<img src=x onerror=y>",
    "<!--",
    "-->",
    "<?",
    "```",
    "~~~",
    "`",
    "``",
    "\n",
    "\n\n",
    "    ",
  ],
  ...[
    "> ",
    "- ",
    "  ",
    "|",
    "\\",
    "[a](",
    ")",
    "javascript:x",
    "&#106;avascript:x",
    "![",
    "](",
    "]: ",
    "[a]",
    "https://x",
  ],
  ...["<", ">", "a", "# ", "\t", "| a | b |\n| - | - |\n", "<![CDATA[", "data:text/html,x", "1. "],
);

test.each([["tameCell", tameCell], ["tameOutput", tameOutput]])("%s() leaves nothing that runs or loads", (_, tame) => {
  const text = fc.array(piece, { maxLength: 30 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(text, (markdown) => {
      const html = FORGE.render(`${tame(markdown)}\n\nEND`);
      const attributes = html.replace(/>[^<]*/g, ">");
      expect(attributes).not.toMatch(/<(script|img src="?(https?:|\/\/|data:)|!|\?)|onerror|href="(javascript|data):/i);
      expect(html).toMatch(/<p>END<\/p>\n(<\/\w+>\n)*$/);
    }),
    { numRuns: 3000 },
  );
});
