import { afterAll, expect, test } from "vitest";
import { type Language, openLanguage } from "./mod.ts";

const root = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");
const notebook = openLanguage({ root, cwd: `${root}/notebooks/flights` });
notebook.ran(
  "imports",
  `import pl from "nodejs-polars";\nimport { from } from "arquero";\nimport { open } from "boathouse";
import * as Plot from "boathouse/plot";\nconst { lake } = await open();`,
);
notebook.ran(
  "twice",
  `//| export\n/** The doubled.\n * @param n a number */\nexport const twice = (n: number) => n * 2;
let total = 1; class Late { minutes = 1 } interface Row { route: string } const close = [1, 2];`,
);
afterAll(() => notebook[Symbol.asyncDispose]());

/** Asks at the bar in a text. */
function at(text: string): [source: string, offset: number] {
  return [text.replace("|", ""), text.indexOf("|")];
}

async function texts(text: string, language: Language = notebook): Promise<string[]> {
  const { items } = await language.complete(...at(text));
  return items.map((item) => item.text);
}

async function wrong(source: string, cellId = "asked"): Promise<unknown[]> {
  const found = await notebook.diagnose(cellId, source);
  return found.filter(({ severity }) => severity === "error").map(({ code, line, column }) => [code, line, column]);
}

test("openLanguage() starts nothing before the first question", async () => {
  await using language = openLanguage({ root, cwd: root });
  language.ran("a", "const a = 1;");
  expect(language.started).toBe(false);
});

test("complete() knows what other cells declared, and the types of libraries", async () => {
  expect(await texts("lak|")).toEqual(["lake"]);
  expect(await texts("lake.tab|")).toContain("table");
  expect(await texts("const df = pl.DataFrame({ a: [1] });\ndf.hea|")).toEqual(["head"]);
  expect(await texts("from([]).derive|")).toEqual(["derive"]);
  expect(await texts("Plot.plot({ marginL|")).toEqual(["marginLeft"]);
  expect(await texts(`Plot.plot({ x: { type: "ban|" } })`)).toEqual(["band"]);
  expect(await texts(`import x from "boat|"`)).toEqual(["boathouse", "boathouse/plot"]);
  expect(await texts(`import x from "./|"`)).toContain("./additive_model.ts");
});

test("complete() gives the range that it replaces, and kinds", async () => {
  const { start, end, items } = await notebook.complete(...at("const s = '😀é';\n  twi|ce"));
  expect({ start, end, items }).toEqual({ start: 19, end: 22, items: [{ text: "twice", kind: "variable" }] });
  const kindOf = async (text: string) => (await notebook.complete(...at(text))).items[0]?.kind;
  expect(await kindOf("Lat|")).toBe("class");
  expect(await kindOf("whil|")).toBe("keyword");
  expect(await kindOf("Plo|")).toBe("module");
  expect(await kindOf("[].fin|")).toBe("function");
  expect(await kindOf("''.lengt|")).toBe("property");
});

test("inspect() shows types and documentation in a name, behind it and within its call", async () => {
  for (const text of ["tw|ice(1)", "twice|(1)", "twice(1, |)", "twice(|"]) {
    const found = await notebook.inspect(...at(text));
    expect(found?.plain, text).toContain("twice(n: number): number\nThe doubled.\n\n@param n — a number");
    expect(found?.markdown, text).toContain("```tsx\n");
  }
  expect(await notebook.inspect(...at("1 +| 1"))).toBe(null);
  expect(await notebook.inspect(...at("nowh|ere"))).toBe(null);
});

test("diagnose() checks a cell behind all others, at its own lines and columns", async () => {
  expect(await wrong("//| label: x\nconst s: string =\n  twice(2);")).toEqual([[2322, 2, 7]]);
  expect(await wrong("const s = await Promise.resolve(twice('a'));")).toEqual([[2345, 1, 39]]);
  expect(await wrong("const r: Row = { route: 1 };\nnew Late().hours")).toEqual([[2322, 1, 18], [2339, 2, 12]]);
  expect(await wrong("twice(nothing)")).toEqual([[2304, 1, 7]]);
  expect(await wrong("total += 1; total = 'a'; twice = twice")).toEqual([[2322, 1, 13], [2588, 1, 26]]);
});

test("diagnose() lets a cell declare again what others, its older text and the platform declare", async () => {
  expect(
    await wrong("const twice = 'text'; twice.length; const close = 'x'; close.length; const name = 1; name.toFixed()"),
  )
    .toEqual([]);
  expect(await wrong("const total = twice(3)", "imports")).toEqual([]);
  expect(await wrong("total.toFixed()", "twice")).toEqual([[2304, 1, 1]]);
  expect(await wrong("const a = 1;\nconst a = 2;")).toEqual([[2451, 1, 7], [2451, 2, 7]]);
});
