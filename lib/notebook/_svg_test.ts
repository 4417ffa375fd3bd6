import fc from "fast-check";
import { expect, test } from "vitest";
import { standaloneSvg } from "./_svg.ts";

const NS = `xmlns="http://www.w3.org/2000/svg"`;

test.each([
  ["a script", `<script>1</script>`],
  ["a script", `<svg:script href="#a"/>`],
  ["a script", `<é:script xmlns:é="http://www.w3.org/2000/svg">1</é:script>`],
  ["a script", `<script><![CDATA[</script>]]></script>`],
  ["an event handler", `<rect onclick='x'/>`],
  ["foreign content", `<foreignObject><p>x</p></foreignObject>`],
  ["foreign content", `<h:iframe xmlns:h="http://www.w3.org/1999/xhtml" src="https://example.org"/>`],
  ["an animation", `<set attributeName="href" to="&#106;avascript:x"/>`],
  ["an animation", `<animate attributeName="href" values="#a"/>`],
  ["a part from elsewhere", `<use href="other.svg#x"/>`],
  ["a part from elsewhere", `<linearGradient xlink:href="https://example.org/#x"/>`],
  ["a picture from elsewhere", `<image href="https://example.org/x.png"/>`],
  ["a picture from elsewhere", `<image href="data:image/svg+xml;base64,AAAA"/>`],
  ["a style from elsewhere", `<style>@import "x"</style>`],
  ["a style from elsewhere", `<style>@im<!-- -->port "x"</style>`],
  ["a style from elsewhere", `<style><![CDATA[a{b:u\\72l(x)}]]></style>`],
  ["a style from elsewhere", `<style>a{background:&#117;rl(https://example.org)}</style>`],
  ["a style from elsewhere", `<style/><style>a{b:image-set("x" 1x)}</style>`],
])("standaloneSvg() leaves out %s", (what, inner) => {
  const read = standaloneSvg(`<svg ${NS}><g>a${inner}</g></svg>`);
  expect(read).toEqual({ file: expect.any(String), dropped: [what] });
  const { file } = read as { file: string };
  expect(file).not.toMatch(/script|onclick|example\.org|other|import|foreignObject|image-set|url|set|base64|u\\/);
  expect(file).toMatch(/^<svg [^>]*><g>a.*<\/g><\/svg>\n$/);
});

test.each([
  ["a style from elsewhere", `fill="url(https://example.org#a)"`, ""],
  ["a style from elsewhere", `style="cursor:\\75rl(x)"`, ""],
  ["a link that is none to the web", `href=" &#106;ava&#10;script:x"`, ""],
  ["foreign content", `xmlns="http://www.w3.org/1999/xhtml"`, ""],
])("standaloneSvg() leaves out %s in an attribute", (what, attribute, left) => {
  expect(standaloneSvg(`<svg ${NS}><a ${attribute} id="a">x</a></svg>`)).toEqual({
    file: `<svg ${NS}><a${left} id="a">x</a></svg>\n`,
    dropped: [what],
  });
});

test.each([
  ["its SVG is no single <svg> element", `<p>x</p>`],
  ["its SVG is no single <svg> element", `<svg></svg><p/>`],
  ["its SVG is no single <svg> element", `<svg/>x`],
  ["its SVG is not well-formed", `<svg>`],
  ["its SVG is not well-formed", `<svg><g></svg></g>`],
  ["its SVG is not well-formed", `<svg><a href="x></a></svg>`],
  ["its SVG is not well-formed", `<svg a="1" a="2"/>`],
  ["its SVG is not well-formed", `<svg a="1"b="2"/>`],
  ["its SVG is not well-formed", `<svg>&x;</svg>`],
  ["its SVG is not well-formed", `<svg><!-- </svg>`],
  ["its SVG is not well-formed", `<svg><rect onclick=x></rect></svg>`],
  ["its SVG holds a document type", `<svg><!DOCTYPE x></svg>`],
  ["its SVG is no single <svg> element", `<!DOCTYPE svg [<!ENTITY x "y">]><svg>&x;</svg>`],
  ["its SVG nests deeper than 200", `<svg>${"<g>".repeat(300)}${"</g>".repeat(300)}</svg>`],
  ["its SVG has more than 200,000 tags", `<svg>${"<g/>".repeat(200_001)}</svg>`],
  ["its SVG is larger than 5 MB", `<svg>${" ".repeat(5_000_000)}</svg>`],
])("standaloneSvg() refuses as %s", (refused, svg) => {
  expect(standaloneSvg(svg)).toEqual({ refused });
});

test("standaloneSvg() keeps gradients, clips, filters, styles, links and pictures inside", () => {
  const inner =
    `<rect fill="url(#a)" clip-path="url('#b')"/><use href="#c"/><a href="https://example.org">a &gt; b</a>` +
    `<image xlink:href="data:image/png;base64,AAAA"/><style>.a &gt; b{fill:url(#a)}</style><g aria-label="curl(x) \\"/>`;
  const svg = `<svg viewBox="0 0 1 1" aria-label="a > b">${inner}</svg>`;
  expect(standaloneSvg(`<?xml version="1.0"?>\n<!DOCTYPE svg PUBLIC "x" "y">\n${svg}<!-- end -->`)).toEqual({
    file: `<svg ${NS} viewBox="0 0 1 1" aria-label="a > b">${inner}</svg>\n`.replace(".a &gt; b", ".a > b"),
    dropped: [],
  });
});

test("standaloneSvg() refuses a figure whose parts repeat one another", () => {
  const level = (n: number) => `<g id="a${n}">${`<use href="#a${n - 1}"/>`.repeat(10)}</g>`;
  const bomb = (levels: number) =>
    `<svg ${NS}><g id="a0"><path/></g>${Array.from({ length: levels }, (_, n) => level(n + 1)).join("")}</svg>`;
  expect(standaloneSvg(bomb(8))).toEqual({ refused: "its SVG repeats itself too often" });
  expect(standaloneSvg(bomb(3))).toMatchObject({ dropped: [] });
  const round =
    `<svg ${NS}><g id="a"><use href="#b"/></g><g id="b"><use xlink:href="#a"/><use href="#none"/></g></svg>`;
  expect(standaloneSvg(round)).toMatchObject({ dropped: [] });
});

test("standaloneSvg() keeps every figure of boathouse/plot as it is", async () => {
  const folder = new URL("../plot/testdata/", import.meta.url);
  const figures = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name.endsWith(".svg"));
  expect(figures.length).toBeGreaterThan(30);
  for (const name of figures) {
    const file = await Deno.readTextFile(new URL(name, folder));
    expect(standaloneSvg(file), name).toEqual({ file, dropped: [] });
  }
});

test("standaloneSvg() says nothing of what shows nothing", () => {
  const svg =
    `<svg ${NS}><metadata><r:x xmlns:r="r"><script/></r:x></metadata><g i:label="x">a<!-- b --><?c?></g></svg>`;
  expect(standaloneSvg(svg)).toEqual({ file: `<svg ${NS}><g>a</g></svg>\n`, dropped: [] });
});

test("standaloneSvg() gives what it would not change again", () => {
  const part = fc.constantFrom(
    ...[
      "<g>",
      "</g>",
      "<script>",
      "</script>",
      "<style>",
      "</style>",
      "a{}",
      "<!--",
      "-->",
      "<![CDATA[",
      "]]>",
      "&lt;",
    ],
    ...[
      "<use href='#a'/>",
      "<rect onload='x' x='1'/>",
      "<svg>",
      "</svg>",
      "<a href='javascript:x'>",
      "</a>",
      "&",
      "\\",
    ],
  );
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const read = standaloneSvg(`<svg>${parts.join("")}</svg>`);
      if ("refused" in read) return;
      expect(standaloneSvg(read.file)).toEqual({ file: read.file, dropped: [] });
    }),
    { numRuns: 2000 },
  );
});
