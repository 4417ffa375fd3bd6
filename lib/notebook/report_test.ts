import { expect, test } from "vitest";
import { type Output, reportNotebook } from "./mod.ts";
import { notebook, show, SVG, WHOLE } from "./testdata/whole.ts";

async function body(...outputs: Output[]): Promise<string> {
  const { markdown } = await reportNotebook(notebook([{ id: "a", code: "", outputs }]), { name: "x" });
  return markdown.split("\n\n").slice(2).join("\n\n").trim();
}

test("reportNotebook() writes the golden report", async () => {
  const report = await reportNotebook(WHOLE, { name: "1_explore", link: "../../notebooks/flights/1_explore.ipynb" });
  const golden = await Deno.readTextFile(new URL("./testdata/report.md", import.meta.url));
  expect(report.markdown).toBe(golden);
  expect([...report.files.keys()]).toEqual(["1_explore.delay-by-hour.svg", "1_explore.delay-by-hour-2.svg"]);
  expect(new TextDecoder().decode(report.files.get("1_explore.delay-by-hour.svg"))).toBe(`${SVG}\n`);
  expect(await reportNotebook(WHOLE, { name: "1_explore", link: "../../notebooks/flights/1_explore.ipynb" })).toEqual(
    report,
  );
});

test("reportNotebook() says offsets where no time is known, and what is not proven", async () => {
  const raw = { table: "flights", incarnation: "7f", ends: { "0": 5, "1": 12000 }, rows: 1 };
  const made = notebook([{ id: "a", code: "1" }], { flights: raw });
  const record = {
    source: "",
    upstream: {},
    modules: {},
    packages: {},
    parameters: [],
    inputs: [],
    order: 1,
    unproven: ["clock"],
  };
  made.cells[0]!.metadata = { boathouse: record };
  const { markdown } = await reportNotebook(made, { name: "x" });
  expect(markdown).toContain(
    "> **True of** flights up to offsets 0: 5 / 1: 12,000, 1 row\\\n> **with** until = 2001-05-01\\\n",
  );
  expect(markdown).toContain('> **Not proven**: cell "a" read the clock');
  expect(markdown).not.toContain("fresh");
});

test("reportNotebook() says so when no run is recorded, or nothing was read", async () => {
  expect((await reportNotebook(notebook([]), { name: "x_y" })).markdown).toBe(
    "# x_y\n\n> **No run is recorded**: nothing here is known to be true of any data.\n",
  );
  expect((await reportNotebook(notebook([], {}), { name: "x" })).markdown).toContain("> **True of its code alone**");
});

test("reportNotebook() never lets HTML of an output through", async () => {
  const attack = `<img src=x onerror=alert(1)><script>alert(1)</script>`;
  const outputs: Output[] = [
    show({
      "text/markdown":
        `# Hi\n${attack}\n![x](https://example.org/track.png) [y](javascript:alert(1)) [z](data:text/html,x)`,
    }),
    show({ "text/html": attack }),
    show({ "text/plain": attack }),
    show({ "text/html": attack, "text/plain": "```\n</details>" + attack }),
    show({ "image/svg+xml": `<svg onload="alert(1)"></svg>` }),
    show({ "image/svg+xml": attack }),
    show({ "application/vnd.boathouse.finding+json": { text: attack, values: {} } }),
    { output_type: "error", ename: "Error", evalue: attack, traceback: [attack] },
    { output_type: "stream", name: "stdout", text: attack },
  ];
  const { markdown, files } = await reportNotebook(notebook([{ id: "a", code: "1", outputs }]), { name: "x" });
  const outside = markdown.replace(/^(`{3,})[^`\n]*\n[^]*?\n\1$/gm, "");
  expect(outside.replace(/<\/?(details|summary)>/g, "")).not.toMatch(/</);
  expect(outside.replace("![Figure](x.a.svg)", "")).not.toMatch(/(?<!\\)!\[|\]\((javascript|data):/);
  expect([...files.values()].map((bytes) => new TextDecoder().decode(bytes))).toEqual([
    `<svg xmlns="http://www.w3.org/2000/svg"></svg>\n`,
  ]);
});

test("reportNotebook() says what it left out of a figure, and why there is none", async () => {
  const svg = `<svg onload="x"><script>1</script></svg>`;
  expect(await body(show({ "image/svg+xml": svg, "text/plain": "Delay" }))).toBe(
    "![Delay](x.a.svg)\n\n*Left out of the figure: a script, an event handler*",
  );
  expect(await body(show({ "image/svg+xml": "<p>" }))).toBe(
    "*A figure is left out: its SVG is no single &lt;svg&gt; element*",
  );
  expect(await body(show({ "image/png": "?" }))).toBe("*A picture is left out: it is not in base64*");
});

test("reportNotebook() makes an SVG stand alone, and keeps gradients, clips and pictures inside", async () => {
  const inner = `<rect fill="url(#a)" clip-path="url('#b')"/><use href="#c"/><a href="https://example.org"/>` +
    `<image href="data:image/png;base64,AAAA"/>`;
  const svg = `<?xml version="1.0"?>\n<svg viewBox="0 0 1 1">${inner}</svg>`;
  const made = notebook([{ id: "a", code: "", outputs: [show({ "image/svg+xml": svg })] }]);
  const [bytes] = [...(await reportNotebook(made, { name: "x" })).files.values()];
  expect(new TextDecoder().decode(bytes)).toBe(
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1">${inner}</svg>\n`,
  );
});

test("reportNotebook() shows streams, errors and long texts", async () => {
  expect(
    await body(
      { output_type: "stream", name: "stdout", text: "\x1b[31mred\x1b[0m\n" },
      { output_type: "stream", name: "stdout", text: "blue\n" },
    ),
  ).toBe("```text\nred\nblue\n```");
  expect(await body({ output_type: "error", ename: "TypeError", evalue: "x is *not*", traceback: [] })).toBe(
    "> **Failed:** TypeError: x is \\*not\\*",
  );
  const long = await body(show({ "text/plain": Array.from({ length: 100 }, (_, line) => `line ${line}`).join("\n") }));
  expect(long.split("\n")).toHaveLength(63);
  expect(long).toContain("line 59\n… 40 more lines\n");
});

test("reportNotebook() bounds tables", async () => {
  const fields = Array.from({ length: 25 }, (_, column) => ({ name: `c${column}` }));
  const data = Array.from({ length: 10_000 }, (_, row) => ({ c0: row, c1: "x".repeat(500) }));
  const text = await body(show({ "application/vnd.dataresource+json": { schema: { fields }, data } }));
  expect(text).toContain("*30 of 10,000 rows, 20 of 25 columns*");
  expect(text.length).toBeLessThan(10_000);
});

test("reportNotebook() obeys tags and directives", async () => {
  const output = show({ "text/plain": "shown" });
  const view = async (code: string, tags: string[] = []) => {
    const { markdown } = await reportNotebook(notebook([{ id: "a", code, tags, outputs: [output] }]), { name: "x" });
    return [markdown.includes("shown"), markdown.includes("<details>")];
  };
  expect(await view("1")).toEqual([true, true]);
  expect(await view("1", ["remove_input"])).toEqual([true, false]);
  expect(await view("1", ["remove_output"])).toEqual([false, true]);
  expect(await view("1", ["remove_cell"])).toEqual([false, false]);
  expect(await view("//| echo: false\n1")).toEqual([true, false]);
  expect(await view("//| output: false\n1")).toEqual([false, true]);
});

test("reportNotebook() makes files of pictures", async () => {
  const png = "iVBORw0KGgo=";
  const made = notebook([
    { id: "a", markdown: "![x](attachment:x.png)" },
    { id: "b", code: "", outputs: [show({ "image/png": `${png}\n`, "text/plain": "A map" })] },
  ]);
  Object.assign(made.cells[0]!, { attachments: { "x.png": { "image/png": png } } });
  const { markdown, files } = await reportNotebook(made, { name: "x", link: "../../notebooks/p/x.ipynb" });
  expect(markdown).toContain("![x](x.a.png)");
  expect(markdown).toContain("![A map](x.b.png)");
  expect([...files]).toEqual([["x.a.png", Uint8Array.fromBase64(png)], ["x.b.png", Uint8Array.fromBase64(png)]]);
});

test("reportNotebook() keeps code that holds code fences folded", async () => {
  const { markdown } = await reportNotebook(notebook([{ id: "a", code: "const a = `\n````\n</details>\n`;" }]), {
    name: "x",
  });
  expect(markdown).toContain("`````ts\nconst a = `\n````\n</details>\n`;\n`````");
});
