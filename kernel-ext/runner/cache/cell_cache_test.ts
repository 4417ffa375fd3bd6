import { afterAll, beforeAll, expect, test } from "vitest";
import type { InputsNow } from "../../../lib/notebook/mod.ts";
import { makeRuns, outputsOf, type Source, type TempRuns, type TestRun } from "../_temp_runs.ts";
import { entryText, readEntry } from "./entry.ts";
import type { RunOptions } from "../run_notebook.ts";

let runs: TempRuns;
let notes: string[] = [];
beforeAll(async () => {
  runs = await makeRuns();
  await Deno.writeTextFile(
    `${runs.root}/notebooks/helper.ts`,
    "export const twice = (n: number) => 2 * n;\nexport const rate = { value: 3 };",
  );
});
afterAll(() => runs[Symbol.asyncDispose]());

/** Runs with a cache; each name has a folder of its own. */
async function run(name: string, sources: Source[], options: Partial<RunOptions> & { now?: InputsNow } = {}) {
  const { now, cache, ...others } = options;
  notes = [];
  return await runs.run(await runs.write(name, ...sources), {
    cache: {
      folder: `${runs.root}/lake/cache/cells/${name}`,
      secret: "s".repeat(32),
      note: (line) => notes.push(line),
      ...(now ? { inputsNow: now } : {}),
      ...cache,
    },
    ...others,
  });
}

const statusOf = ({ report }: TestRun, id: string) => report.cells.find((cell) => cell.id === id)!.status;
const reasonOf = ({ report }: TestRun, id: string) => report.cells.find((cell) => cell.id === id)!.notCached;

const CELLS: Source[] = [
  `import { twice } from "./helper.ts";\nimport { read } from "boathouse";`,
  { source: "const n = 4;", tags: ["parameters"] },
  "const rows = [{ a: n }, { a: 2 }];",
  { source: "//| cache\nconst sum = twice(rows.length + n);\nconsole.log('sum', sum);\nsum", id: "sum" },
  "sum + 1",
];

/** What makes the cell run anew, and what does not. */
const EDITS: [what: string, misses: boolean, edit: (cells: Source[]) => Source[], options?: Partial<RunOptions>][] = [
  ["nothing", false, (cells) => cells],
  ["its code", true, (cells) => replace(cells, "rows.length + n", "rows.length + n + 1")],
  ["a cell that it needs", true, (cells) => replace(cells, "{ a: 2 }", "{ a: 5 }")],
  ["a cell that a cell needs", true, (cells) => replace(cells, "const n = 4", "const n = 5")],
  ["a cell between that changes a value", true, (cells) => cells.toSpliced(3, 0, "rows.push({ a: 9 });")],
  [
    "a cell between that changes a value by another name",
    true,
    (cells) =>
      cells.toSpliced(3, 0, { source: "const other = rows;", id: "o" }, { source: "other.push({ a: 9 });", id: "p" }),
  ],
  ["a parameter", true, (cells) => cells, { parameters: { n: 6 } }],
  ["permissions", true, (cells) => cells, { child: { permissions: ["-A", "--no-remote"] } }],
  ["language of texts", true, (cells) => cells, { child: { env: { ...Deno.env.toObject(), LANG: "de_DE.UTF-8" } } }],
  ["a comment", false, (cells) => replace(cells, "console.log('sum'", "// why\nconsole.log('sum'")],
  ["a comment in a cell that it needs", false, (cells) => replace(cells, "const n = 4;", "/* four */ const n = 4;")],
  ["formatting", false, (cells) => replace(cells, "rows.length + n", "rows.length\n  +n")],
  ["an unrelated cell above", false, (cells) => cells.toSpliced(3, 0, { source: "const other = 1;", id: "o" })],
  ["Markdown above", false, (cells) => cells.toSpliced(2, 0, { source: "# Why?", type: "markdown", id: "m" })],
  ["a cell below", false, (cells) => replace(cells, "sum + 1", "sum + 2")],
  ["its place", false, (cells) => [...cells.slice(0, 3), "'before'", ...cells.slice(3)]],
  ["a cell that changes what all have", true, (cells) => cells.toSpliced(1, 0, "Math.max = () => 7;")],
];

function replace(cells: Source[], from: string, to: string): Source[] {
  const changed = cells.map((cell) => {
    return typeof cell === "string" ? cell.replace(from, to) : { ...cell, source: cell.source.replace(from, to) };
  });
  expect(changed).not.toEqual(cells);
  return changed;
}

test("a cached cell runs when nothing is kept of it", async () => {
  const first = await run("edits", CELLS);
  expect([statusOf(first, "sum"), reasonOf(first, "sum")]).toEqual(["ok", undefined]);
});

test.each(EDITS)("after an edit of %s that a cached cell runs anew is %s, and its bytes are those of a run", async (
  _what,
  misses,
  edit,
  options = {},
) => {
  const cells = edit(CELLS);
  const second = await run("edits", cells, options);
  expect([statusOf(second, "sum"), reasonOf(second, "sum")]).toEqual([misses ? "ok" : "cached", undefined]);
  if (!misses) expect(second.text).toBe((await runs.run(await runs.write("edits", ...cells), options)).text);
  expect(notes).toEqual([]);
});

test("a cached cell runs anew after an edit of a module, and under another version of Boathouse", async () => {
  const cells = CELLS.with(0, `import { twice } from "./edited.ts";`);
  const write = (text: string) => Deno.writeTextFile(`${runs.root}/notebooks/edited.ts`, text);
  await write("export const twice = (n: number) => 2 * n;");
  await run("module", cells);
  await write("// twice\nexport const twice = (n: number) => 2 * n;");
  expect(statusOf(await run("module", cells), "sum")).toBe("cached");
  await write("export const twice = (n: number) => 3 * n;");
  expect(statusOf(await run("module", cells), "sum")).toBe("ok");
  expect(statusOf(await run("module", cells), "sum")).toBe("cached");
  const config = `${runs.root}/deno.json`;
  const before = await Deno.readTextFile(config);
  await Deno.writeTextFile(config, before.replace("0.1.0", "0.2.0"));
  expect(statusOf(await run("module", cells), "sum")).toBe("ok");
  await Deno.writeTextFile(config, before);
});

const input = { name: "t", table: "t", incarnation: "i", ends: { 0: 5 }, rows: 5 };
const reads = (value: object) => `read(${JSON.stringify(value)});`;
const LAKE: Source[] = [
  `import { read } from "boathouse";`,
  "",
  { source: `//| cache\n${reads(input)}\nconst late = 5;\nlate`, id: "late" },
  "late",
];
const nowOf = (now: object): InputsNow => () => Promise.resolve({ ...input, readMs: 1, newestMs: 1, ...now });

test("a cached cell that reads is replayed where it would read the same, and says what it read", async () => {
  await run("reads", LAKE);
  const same = await run("reads", LAKE, { now: nowOf({}) });
  expect(statusOf(same, "late")).toBe("cached");
  expect(same.report.cells.find(({ id }) => id === "late")!.inputs).toEqual([input]);
  expect(same.text).toBe((await run("reads-anew", LAKE)).text);
  const raw = { incarnation: "i", ends: { 0: 5 }, version: 9 };
  expect(statusOf(await run("reads", LAKE, { pin: { tables: { t: raw } } }), "late")).toBe("cached");
  const above = LAKE.with(1, reads(input));
  expect(statusOf(await run("reads", above), "late")).toBe("cached");
});

test.each<[string, Partial<RunOptions> & { now?: InputsNow }, string]>([
  ["nobody knows", {}, ""],
  ["the lake cannot be asked", { now: () => Promise.resolve({ unknown: "away" }) }, ""],
  ["there are new rows", { now: nowOf({ ends: { 0: 6 }, rows: 6 }) }, ""],
  ["rows were taken away", { now: nowOf({ rows: 4 }) }, ""],
  ["the table is another one", { now: nowOf({ table: "u" }) }, ""],
  ["the topic is another one", { now: nowOf({ incarnation: "j" }) }, ""],
  ["the pin is another one", {
    pin: { tables: { t: { incarnation: "i", ends: { 0: 4 }, version: 1 } } },
    now: nowOf({}),
  }, ""],
  ["a cell above has read other rows", { now: nowOf({}) }, reads({ ...input, rows: 7 })],
  ["a cell above has written it", { now: nowOf({}) }, `wrote({ table: "t" });`],
])("a cached cell that reads runs anew where %s", async (what, options, above) => {
  const name = `moved-${what.replaceAll(" ", "-")}`;
  const cells = LAKE.with(0, `import { read, wrote } from "boathouse";`);
  await run(name, cells);
  expect(statusOf(await run(name, cells.with(1, above), options), "late")).toBe("ok");
});

test("a derived table and a model are the same only as they were read", async () => {
  const table = { name: "d", table: "id", version: 3, digest: "x" };
  const model = { name: "m@champion", model: "m", version: "2", digest: "y" };
  const cells = LAKE.with(2, { source: `//| cache\n${reads(table)}${reads(model)}\nconst late = 1;`, id: "late" });
  const now = (derived: object, registry: object): InputsNow => (_name, { ...was }) =>
    Promise.resolve("model" in was ? { ...was, ...registry } : { ...was, readDigest: "x", ...derived } as never);
  await run("derived", cells);
  const statuses = [];
  for (
    const [derived, registry] of [
      [{}, {}],
      [{ version: 4 }, {}],
      [{ readDigest: "z" }, {}],
      [{ readDigest: null }, {}],
      [{ table: "other" }, {}],
      [{}, { version: "3" }],
      [{}, { digest: "z" }],
    ] as const
  ) statuses.push(statusOf(await run("derived", cells, { now: now(derived, registry) }), "late"));
  expect(statuses).toEqual(["cached", "ok", "ok", "ok", "ok", "ok", "ok"]);
  const pinned = { pin: { tables: { d: { version: 3 } } }, now: now({ version: 9 }, {}) };
  expect(statusOf(await run("derived", cells, pinned), "late")).toBe("cached");
});

test("a cached cell gives later cells values of the same types, and the same objects", async () => {
  const cells: Source[] = [
    "const rows = [{ at: new Date(5) }, { at: new Date(7) }];",
    {
      source: `//| cache
const best = rows[1], byTime = new Map([[best.at.getTime(), best]]), big = 2n ** 70n, view = new Float32Array([1.5, NaN]);
let { a, ...rest } = { a: new Set([-0]), b: undefined, c: [null] };
var old = Infinity;
interface Shape { x: number }
enum Kind { One = 1 }`,
      id: "made",
    },
    "a.add(best); [best === rows[1], byTime.get(7) === best, best.at.getTime()]",
    "best.at = null; rows[1].at",
    "[big, view, a, rest, old, Kind]",
    "old = 1; big++; ",
  ].map((cell) => cell === "old = 1; big++; " ? "old = 1; a = null; old" : cell);
  const first = await run("types", cells);
  expect([first.report.status, reasonOf(first, "made")]).toEqual(["ok", undefined]);
  const second = await run("types", cells);
  expect(statusOf(second, "made")).toBe("cached");
  expect(second.text).toBe(first.text);
  expect(JSON.stringify(outputsOf(second)[2])).toContain("[ true, true, 7 ]");
});

test("a cached cell may import, call functions and classes above, and use the lake", async () => {
  const cells: Source[] = [
    "let scale = 2; function twice(n) { return n * scale; } const thrice = (n) => twice(n) * 1.5; class Box { v = twice(1); }",
    {
      source: `//| cache\nimport { rate } from "./helper.ts";\nconst out = thrice(rate.value) + new Box().v;\nout`,
      id: "out",
    },
    "out + rate.value",
  ];
  const first = await run("functions", cells);
  expect([first.report.status, reasonOf(first, "out")]).toEqual(["ok", undefined]);
  const second = await run("functions", cells);
  expect([statusOf(second, "out"), second.text]).toEqual(["cached", first.text]);
  // The state behind a function counts as the cell has it, whoever has changed it.
  const bumped = cells.toSpliced(1, 0, { source: "function bump() { scale++ }", id: "b" }, {
    source: "bump()",
    id: "c",
  });
  expect(statusOf(await run("functions", bumped), "out")).toBe("ok");
});

test.each<[string, Source[], string]>([
  ["declares a function", ["const x = () => 1;"], `"x" is a function`],
  ["declares a value with a function", ["const x = { fit: [() => 1] };"], `"x.fit[0]" is a function`],
  ["declares a frozen value", ["const x = Object.freeze({});"], `"x" is a frozen or sealed object`],
  [
    "declares a table",
    [`const x = [{ [Symbol.for("Boathouse.frame")]: () => null }];`],
    `"x" is or holds a result or a table of the lake: declare its rows instead`,
  ],
  ["reads the clock", [`unproven("clock"); const x = 1;`], "it read the clock outside of recorded clients"],
  ["reads a file by a module", [`import "node:fs";`], `it imports "node:fs", of which no record tells`],
  ["writes", [`wrote({ table: "t" });`], "it writes to lake or registry"],
  ["changes a value", ["const rows = [1];", "rows.push(2);"], `it changes "rows"`],
  [
    "changes a value through a name",
    ["const rows = [[1]];", "const [first] = rows; first.push(2);"],
    "it changes values of other cells",
  ],
  [
    "uses an object with state",
    ["const box = new (class Box { #n = 1; })();", "const y = box;"],
    `it uses "box" is a Box`,
  ],
  ["waits for events", ["addEventListener('x', () => 1);"], `it uses "addEventListener", of which no record tells`],
  ["uses Deno", ["const x = Deno.cwd();"], `it uses "Deno", of which no record tells`],
  [
    "uses an unknown name",
    ["globalThis.hidden = 3;", "const x = hidden;"],
    `it uses "hidden", which no cell above declares`,
  ],
  ["goes on after its end", ["setTimeout(() => console.log('late'), 300); const x = 1;"], "it went on after its end"],
  ["shows what may change", [`Deno.jupyter.display(1, { display_id: "d" });`], "other cells may change what it shows"],
  ["shows where it stands", ["console.log(new Error('x').stack)"], "it shows its own number"],
])("a cell that %s is not cached, and it is said why", async (what, sources, reason) => {
  const name = what.replaceAll(" ", "-");
  const last = sources.at(-1) as string;
  const cells: Source[] = [
    `import { unproven, wrote } from "boathouse";`,
    ...sources.slice(0, -1),
    { source: `//| cache\n${last}`, id: "self" },
    last.includes("late") ? "await new Promise((done) => setTimeout(done, 600))" : "1",
  ];
  for (const _ of [1, 2]) {
    const found = await run(name, cells);
    expect([statusOf(found, "self"), reasonOf(found, "self")]).toEqual(["ok", reason]);
    expect(notes).toEqual([]);
  }
});

test("a run without cache runs cached cells, and makes what is kept anew", async () => {
  const folder = `${runs.root}/lake/cache/cells/refresh`;
  const cells: Source[] = [{ source: "//| cache: true\nconst x = 1;\nx", id: "x" }];
  await run("refresh", cells);
  const [{ name }] = [...Deno.readDirSync(folder)] as [Deno.DirEntry];
  const kept = await Deno.readTextFile(`${folder}/${name}`);
  await Deno.writeTextFile(`${folder}/${name}`, "gone");
  const refreshed = await run("refresh", cells, { cache: { folder, secret: "s".repeat(32), refresh: true } });
  expect(statusOf(refreshed, "x")).toBe("ok");
  expect(await Deno.readTextFile(`${folder}/${name}`)).toBe(kept);
  const off = [{ source: "//| cache: false\n1", id: "x" }];
  await run("off", off);
  expect(statusOf(await run("off", off), "x")).toBe("ok");
  await expect(run("maybe", ["//| cache: maybe\n1"])).rejects.toThrow(
    `as "//| cache" of cell "c0" must be true or false: got "maybe"`,
  );
});

test("a resumed run and one with a schema take what is kept", async () => {
  const cells: Source[] = ["const a = 1;", { source: "//| cache\nconst b = a + 1;\nb", id: "b" }, "throw b"];
  const file = await runs.write("resumed", ...cells);
  const cache = { folder: `${runs.root}/lake/cache/cells/resumed`, secret: "s".repeat(32) };
  await runs.run(file, { out: file, cache });
  await Deno.writeTextFile(file, (await Deno.readTextFile(file)).replace(`"throw b"`, `"b * 2"`));
  const resumed = await runs.run(file, { out: file, cache, resume: true });
  expect(resumed.report.cells.map(({ status }) => status)).toEqual(["again", "cached", "ok"]);
  expect(resumed.text).toBe((await runs.run(file)).text);
});

test.each([
  ["[1]", "it has other values than the cell"],
  [`[1, {"$": "Function", "v": "cmV0dXJu"}]`, `got "Function"`],
  [`[1, {"$": "ref", "v": 7}]`, "what it refers to must be there"],
  [`[1, 2]; globalThis.evil = [1]`, "JSON"],
])("values %s that nobody has encoded are not restored, and the cell runs", async (values, reason) => {
  const name = "hostile";
  const cells: Source[] = [
    { source: "//| cache\nconst a = 1, b = new Map([[1, 2]]);", id: "a" },
    "[a, b, typeof evil]",
  ];
  const first = await run(name, cells);
  const folder = `${runs.root}/lake/cache/cells/${name}`;
  const [file] = [...Deno.readDirSync(folder)].map((entry) => entry.name);
  const key = file!.slice(0, 64);
  const entry = readEntry(await Deno.readTextFile(`${folder}/${file}`), key, "s".repeat(32));
  await Deno.writeTextFile(`${folder}/${file}`, entryText(key, { ...entry, values }, "s".repeat(32)));
  const second = await run(name, cells);
  expect([statusOf(second, "a"), second.text]).toEqual(["ok", first.text]);
  expect(notes).toEqual([expect.stringMatching(/^what is kept of cell "a" is not used: /)]);
  expect(notes[0]).toContain(reason);
});
