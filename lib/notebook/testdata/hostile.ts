import type { Notebook, Output } from "../mod.ts";

/** Texts that a page must show, and never obey. `HOST` stands for a server that counts who asks it. */
export const ATTACKS: Readonly<Record<string, string>> = {
  script: `<script>globalThis.hit = 1; fetch("HOST/script")</script>`,
  handler: `<img src="HOST/img" onerror="globalThis.hit = 1"><svg onload="globalThis.hit = 1"/><body onload="globalThis.hit = 1">`,
  frame: `<iframe src="HOST/frame"></iframe><object data="HOST/object"></object><embed src="HOST/embed">`,
  refresh: `<meta http-equiv="refresh" content="0;url=HOST/refresh"><base href="HOST/base/">`,
  style: `<style>@import "HOST/style"; body { display: none; background: url(HOST/background) }</style><link rel="stylesheet" href="HOST/link">`,
  css: `<p style="background: url(HOST/inline); position: fixed; inset: 0">over all</p>`,
  link: `<a href="javascript:globalThis.hit = 1">a</a> [b](javascript:globalThis.hit=1) [c](data:text/html,<script>hit=1</script>) [d]( &#106;avascript:hit=1)`,
  picture: `![a](HOST/markdown.png) ![b][c] [![e](HOST/nested.png)](vbscript:f)\n\n[c]: HOST/reference.png`,
  form: `<form action="HOST/form"><button autofocus onfocus="globalThis.hit = 1">x</button></form>`,
  close: `</p></td></tr></table></div></pre></code></details></section></main></body></html><script>globalThis.hit = 1</script>`,
  comment: `--> ]]> <!-- </style></script></title></textarea>`,
  fence: "```\n~~~~\n````html\n</code></pre><script>globalThis.hit = 1</script>",
  nesting: `${"<div><table><tr><td>".repeat(2000)}${"> - ".repeat(200)}deep`,
  quotes: `" onmouseover="globalThis.hit = 1" x="' onmouseover='globalThis.hit = 1`,
};

const SVG = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="100" height="50"`;

/** Figures that draw a rectangle, and more. */
export const HOSTILE_SVG: readonly string[] = [
  `<script>globalThis.hit = 1; fetch("HOST/svg-script")</script>`,
  `<script href="HOST/svg-src"/>`,
  `<é:script xmlns:é="http://www.w3.org/2000/svg">globalThis.hit = 1</é:script>`,
  `<foreignObject width="9" height="9"><body xmlns="http://www.w3.org/1999/xhtml"><iframe src="HOST/svg-frame"/></body></foreignObject>`,
  `<image href="HOST/svg-image" width="9" height="9"/><image xlink:href="HOST/svg-xlink" width="9" height="9"/>`,
  `<use href="HOST/svg-use#a"/><use xlink:href="HOST/svg-use#b"/>`,
  `<style>@import "HOST/svg-import"; rect { fill: url(HOST/svg-fill#a) } @font-face { font-family: a; src: url(HOST/svg-font) } text { font-family: a }</style><text y="20">a</text>`,
  `<rect width="9" height="9" style="background-image: u\\72l(HOST/svg-escape); cursor: &#117;rl(HOST/svg-entity)"/>`,
  `<a href="javascript:globalThis.hit = 1"><text y="20">a</text></a><a href="#"><set attributeName="href" to="&#106;avascript:globalThis.hit=1"/><text y="40">b</text></a>`,
  `<filter id="f"><feImage href="HOST/svg-feimage"/></filter><rect width="9" height="9" filter="url(#f)"/>`,
  `<h:img xmlns:h="http://www.w3.org/1999/xhtml" src="HOST/svg-img" onerror="globalThis.hit = 1"/>`,
  `<animate attributeName="x" onbegin="globalThis.hit = 1" dur="1s"/>`,
].map((inner) => `${SVG} onload="globalThis.hit = 1"><rect width="9" height="9"/>${inner}</svg>`);

/** A notebook that puts one text wherever a notebook has texts. */
export function hostileNotebook(attack: string, svgs: readonly string[] = []): Notebook {
  const show = (data: Record<string, unknown>): Output => ({ output_type: "display_data", data, metadata: {} });
  const record = { source: "x", upstream: {}, modules: {}, packages: {}, parameters: [], inputs: [attack], order: 1 };
  const outputs: Output[] = [
    ...["text/html", "text/markdown", "text/plain", "application/json", "image/svg+xml", "image/png", "application/javascript"]
      .map((type) => show({ [type]: attack })),
    show({ "text/html": attack, "text/plain": attack }),
    show({ "image/png": "iVBORw0KGgo=", "text/plain": attack }),
    show({
      "application/vnd.dataresource+json": { schema: { fields: [{ name: attack }] }, data: [{ [attack]: attack }] },
      "text/plain": attack,
    }),
    show({ "application/vnd.boathouse.finding+json": { text: attack, values: {} } }),
    { output_type: "stream", name: "stdout", text: attack },
    { output_type: "stream", name: "stderr", text: attack },
    { output_type: "error", ename: attack, evalue: attack, traceback: [attack, attack] },
    ...svgs.map((svg) => show({ "image/svg+xml": svg, "text/plain": attack })),
  ];
  return {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: {
      boathouse: {
        schema: 1,
        deno: attack,
        boathouse: attack,
        parameters: { [attack]: attack },
        inputs: { [attack]: { table: attack, version: 1, digest: attack } },
      },
    },
    cells: [
      { cell_type: "markdown", id: "question", metadata: {}, source: `# ${attack.replaceAll("\n", " ")}` },
      {
        cell_type: "markdown",
        id: "text",
        metadata: {},
        source: `${attack}\n\n## ${attack.replaceAll("\n", " ")}\n\n| a |\n| - |\n| ${attack.replaceAll("\n", " ")} |\n\n![x](../../../../etc/passwd.png) ![y](attachment:../z.png)`,
        attachments: { "../z.png": { "image/png": "iVBORw0KGgo=" } },
      },
      { cell_type: "code", id: "code", metadata: { boathouse: record }, source: `//| label: ${attack}\n\`${attack}\``, outputs, execution_count: 1 },
    ],
  };
}
