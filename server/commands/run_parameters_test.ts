import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestBench, testBench } from "./_test_bench.ts";
import { type NotebookParameter, parametersHelp, parsePairs, readParameterFile } from "./run_parameters.ts";

test("parsePairs() reads names and texts, the last of a name", () => {
  expect(parsePairs(["a=1", "b=x=y", "c=", "a=2"])).toEqual({ a: "2", b: "x=y", c: "" });
  expect(() => parsePairs(["=1"])).toThrow(RangeError);
  expect(() => parsePairs(["a"])).toThrow(`Cannot read parameter "a" as it must be NAME=VALUE`);
});

test.each([
  ["a: 1\nb: [x, null]\nday: 2001-05-31\n", { a: 1, b: ["x", null], day: "2001-05-31" }],
  [`{"a": {"b": true}}`, { a: { b: true } }],
  ["", {}],
])("readParameterFile() reads %j", async (text, values) => {
  const file = await Deno.makeTempFile();
  await Deno.writeTextFile(file, text);
  expect(await readParameterFile(file)).toEqual(values);
});

test.each([
  ["a: 1\na: 2", SyntaxError, ":2:1 as YAML: Map keys must be unique"],
  ["a: [", SyntaxError, "as YAML"],
  ["- 1", TypeError, "as parameters: expected record"],
  ["5", TypeError, "as parameters: expected record"],
  [`a: &a [1]\nb: [${"*a, ".repeat(200)}*a]`, SyntaxError, "alias"],
])("readParameterFile() refuses %j", async (text, error, message) => {
  const file = await Deno.makeTempFile();
  await Deno.writeTextFile(file, text);
  await expect(readParameterFile(file)).rejects.toThrow(error);
  await expect(readParameterFile(file)).rejects.toThrow(message);
});

test("readParameterFile() refuses a file that is not there", async () => {
  await expect(readParameterFile("/no/such.yaml")).rejects.toThrow(Deno.errors.NotFound);
});

test("parametersHelp() lists parameters, and shows those in an example that must be given", async () => {
  const dir = await Deno.makeTempDir();
  await Deno.writeTextFile(`${dir}/boathouse.yaml`, "");
  const help = (parameters: NotebookParameter[]) => {
    return parametersHelp(["-p", "a=1", `${dir}/n b.ipynb`], () => Promise.resolve(parameters));
  };
  const until: NotebookParameter = { name: "until", type: "date", required: false, fallback: "2001-06-01" };
  const route: NotebookParameter = { name: "route", type: "string", required: true, description: "From and to" };
  const limit: NotebookParameter = { name: "limit", type: "integer", required: false, description: "Rows" };
  const empty: NotebookParameter = { name: "note", type: "string", required: false, fallback: "" };
  expect((await help([until, limit, empty, route])).split("\n").slice(2)).toEqual([
    "  name   type     default     description",
    "  until  date     2001-06-01",
    "  limit  integer  (optional)  Rows",
    `  note   string   ""`,
    "  route  string   (required)  From and to",
    "",
    "With parameters:",
    expect.stringMatching(/^ {2}boathouse notebook run '.*n b\.ipynb' -p route=VALUE$/),
  ]);
  expect(await help([until])).toContain("-p until=2001-06-01");
  expect(await help([])).toContain("none; tag the cell");
  expect(await parametersHelp(["--json"], () => Promise.reject(new Error("not asked")))).toBe("");
});

let bench: TestBench;
beforeAll(async () => {
  bench = await testBench();
  await bench.write(
    "deno.json",
    `{ "imports": { "zod": "${new URL("../../node_modules/zod/index.js", import.meta.url)}" } }`,
  );
  const cell = (id: string, source: string, tags: string[] = []) => {
    return { cell_type: "code", id, metadata: { tags }, source, outputs: [], execution_count: null };
  };
  const schema = `export const Parameters = z.object({ n: z.int().default(3).describe("Rows"), key: z.string() });
const { n } = Parameters.partial().parse({});`;
  const cells = [
    cell("a", `import { z } from "zod"; console.log("loud")`),
    cell("b", schema, ["parameters"]),
    cell("c", `Deno.writeTextFileSync("ran", "")`),
  ];
  await bench.write("typed.ipynb", JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 }));
});
afterAll(() => bench[Symbol.asyncDispose]());

test("notebook run FILE --help tells the parameters of its schema, and runs nothing behind it", async () => {
  const { code, out } = await bench.run(["notebook", "run", "typed.ipynb", "--help"]);
  expect(code).toBe(0);
  expect(out).toContain(`Parameters of typed.ipynb:
  name  type     default     description
  n     integer  3           Rows
  key   string   (required)

With parameters:
  boathouse notebook run typed.ipynb -p key=VALUE
`);
  expect([...Deno.readDirSync(bench.dir)].map(({ name }) => name)).not.toContain("ran");
  expect((await bench.run(["notebook", "run", "gone.ipynb", "--help"])).out).toContain("no such file");
});

test("notebook run takes -p several times before the notebook, and a file of parameters", async () => {
  await bench.write("given.yaml", "n: 7\nkey: from the file\n");
  const args = ["-p", "n=8", "-p", "key=k", "typed.ipynb", "--parameters", "given.yaml", "--out", "ran.ipynb"];
  expect((await bench.run(["notebook", "run", ...args])).code).toBe(0);
  expect(await Deno.readTextFile(`${bench.dir}/ran.ipynb`)).toContain(`"const n = 8;\\n",\n    "const key = \\"k\\";"`);
  await bench.run(["notebook", "run", "typed.ipynb", "--parameters", "given.yaml", "--out", "ran.ipynb"]);
  expect(await Deno.readTextFile(`${bench.dir}/ran.ipynb`)).toContain("from the file");
});

test("notebook run refuses parameters that do not fit in one line, with exit code 1", async () => {
  const { code, lines, out } = await bench.run(["notebook", "run", "typed.ipynb", "-p", "n=x", "--json"]);
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(lines).toEqual([
    `boathouse: Cannot run notebook "${bench.dir}/typed.ipynb" as its parameters must fit "Parameters" of cell "b": ` +
    `n: expected number, received string, got "x"; key: expected string, received undefined`,
  ]);
});
