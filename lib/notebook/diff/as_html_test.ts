import fc from "fast-check";
import { parseHTML } from "linkedom";
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { diffAsHtml, diffAsText, diffNotebooks, type Notebook } from "../mod.ts";
import { baseNotebook, code, markdown, show, tableOutput } from "./testdata/base.ts";
import { editedNotebook } from "./testdata/edited.ts";

const NAMES = { old: "HEAD:flights.ipynb", new: "flights.ipynb" };
const golden = (name: string) => Deno.readTextFile(new URL(`./testdata/${name}`, import.meta.url));

test("diffAsText() writes the golden text", async () => {
  expect(`${diffAsText(diffNotebooks(baseNotebook(), editedNotebook()))}\n`).toBe(await golden("diff.txt"));
});

test("diffAsText() in colours is the same text", () => {
  const diff = diffNotebooks(baseNotebook(), editedNotebook());
  const coloured = diffAsText(diff, { colours: true });
  expect(coloured).not.toBe(diffAsText(diff));
  // deno-lint-ignore no-control-regex
  expect(coloured.replace(/\x1b\[[0-9;]*m/g, "")).toBe(diffAsText(diff));
});

test("diffAsHtml() writes the golden page", async () => {
  const body = diffAsHtml(diffNotebooks(baseNotebook(), editedNotebook()), NAMES).replace(/^[^]*<body>\n/, "");
  expect(body).toBe(await golden("diff.html"));
});

interface Element {
  localName: string;
  attributes: Iterable<{ name: string; value: string }>;
}

interface Page {
  querySelector(selector: string): { textContent: string; getAttribute(name: string): string | null } | null;
  querySelectorAll(selector: string): Iterable<Element>;
}

const parse = (html: string) => (parseHTML(html) as unknown as { document: Page }).document;

const ELEMENTS = new Set(
  "header h1 h2 h3 h4 div p nav ul li a main section span pre code ins del table thead tbody tr th td figure figcaption img footer"
    .split(" "),
);

/** Nothing runs, nothing is asked for, and every element is one of ours. */
function expectInert(html: string): void {
  for (const { localName, attributes } of parse(html).querySelectorAll("body *")) {
    expect(ELEMENTS).toContain(localName);
    for (const { name, value } of attributes) {
      expect(["id", "class", "href", "src", "alt", "tabindex", "role", "aria-label", "scope"]).toContain(name);
      if (name === "src") expect(value).toMatch(/^data:image\/(svg\+xml|png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]*$/);
      if (name === "href") expect(value.startsWith("#")).toBe(true);
    }
  }
}

test("diffAsHtml() allows its one style by its hash, pictures that it holds, and nothing else", () => {
  const html = diffAsHtml(diffNotebooks(baseNotebook(), editedNotebook()), NAMES);
  const page = parse(html);
  const hash = createHash("sha256").update(page.querySelector("style")!.textContent).digest("base64");
  const policy = page.querySelector(`meta[http-equiv="Content-Security-Policy"]`)!.getAttribute("content");
  expect(policy).toBe(
    `default-src 'none'; img-src data:; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`,
  );
  expectInert(html);
});

function hostile(text: string): Notebook {
  const output = show({ "image/svg+xml": `<svg onload="x()"><script>${text}</script></svg>`, "text/plain": text });
  return {
    ...baseNotebook(),
    cells: [
      markdown("intro", `# ${text}`),
      code("a", `//| label: ${text}\n${text}`, [
        output,
        show({ "image/png": text }),
        tableOutput({ [text]: "string" }, [{ [text]: text }]),
      ]),
      code("b", "x", [show({ "text/html": text }), {
        output_type: "error",
        ename: text,
        evalue: text,
        traceback: [text],
      }], { [text]: text }),
    ],
  };
}

const HOSTILE = [
  "<script>alert(1)</script>",
  `"><img src=x onerror=alert(1)>`,
  "</style></pre></code></body></html><iframe src=//evil.example>",
  "<!-- --> <![CDATA[ ]]> &lt;b&gt; &#60;b&#62;",
  "javascript:alert(1) https://evil.example",
  "\u202e\u0000\ud800\ufeff",
];

test.each(HOSTILE.map((text) => [text]))("diffAsHtml() shows %j and obeys nothing in it", (text) => {
  expectInert(diffAsHtml(diffNotebooks(baseNotebook(), hostile(text)), { old: text, new: text }));
});

test("diffAsHtml() obeys nothing in any text", async () => {
  const part = fc.oneof(
    fc.constantFrom(...HOSTILE, "<", ">", '"', "'", "&", "]]>"),
    fc.string({ unit: "binary", maxLength: 8 }),
  );
  const texts = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(""));
  await fc.assert(
    fc.property(texts, texts, (old, now) => {
      expectInert(diffAsHtml(diffNotebooks(hostile(old), hostile(now)), { old, new: now }));
    }),
    { numRuns: 100 },
  );
});
