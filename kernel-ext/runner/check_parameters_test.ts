import { afterAll, beforeAll, expect, test } from "vitest";
import { makeRuns, outputsOf, type TempRuns } from "./_temp_runs.ts";

let runs: TempRuns;
beforeAll(async () => void (runs = await makeRuns()));
afterAll(() => runs[Symbol.asyncDispose]());

const SCHEMA = {
  tags: ["parameters"],
  source: `import { z } from "boathouse";
export const Parameters = z.object({
  n: z.int().min(1).default(2).describe("How often"),
  until: z.date().default(new Date("2001-06-01")),
  routes: z.array(z.enum(["A", "B"])).default(["A"]),
});
const { n, until, routes } = Parameters.parse({});`,
};

test("runNotebook() reads texts by the types of the exported schema, and injects what it makes of them", async () => {
  const file = await runs.write("typed", SCHEMA, "[n, until.getUTCFullYear(), routes]");
  const { notebook, report, text } = await runs.run(file, {
    parameterTexts: { n: "3", until: "2002-01-01", routes: "A,B" },
  });
  expect(notebook.cells[1]).toMatchObject({
    id: "injected-parameters",
    metadata: { tags: ["injected-parameters"] },
    source:
      `// Parameters\nconst n = 3;\nconst until = new Date("2002-01-01T00:00:00.000Z");\nconst routes = ["A","B"];`,
  });
  expect(outputsOf({ notebook, report, text })[2]).toMatchObject([
    { data: { "text/plain": `[ 3, 2002, [ "A", "B" ] ]` } },
  ]);
  expect(notebook.metadata).toMatchObject({
    papermill: { parameters: { n: 3, until: "2002-01-01T00:00:00.000Z", routes: ["A", "B"] } },
    boathouse: { parameters: { n: 3, until: "2002-01-01T00:00:00.000Z", routes: ["A", "B"] } },
  });
  expect(report.cells.map(({ id }) => id)).toEqual(["c0", "injected-parameters", "c1"]);
});

test("runNotebook() checks a schema also where nothing is given, and injects nothing then", async () => {
  const { notebook } = await runs.run(await runs.write("defaults", SCHEMA, "n"));
  expect(notebook.cells).toHaveLength(2);
  const needs = { ...SCHEMA, source: SCHEMA.source.replace(".default(2)", "").replace("{}", "{ n: 2 }") };
  expect((await runs.run(await runs.write("own", needs, "n"))).report.status).toBe("ok");
});

test("runNotebook() names each parameter that does not fit, before a cell behind the schema runs", async () => {
  const file = await runs.write("wrong", SCHEMA, `Deno.writeTextFileSync("ran.txt", "")`);
  const before = await Deno.readTextFile(file);
  const wrong = runs.run(file, { out: file, parameters: { n: 0 }, parameterTexts: { until: "soon", route: "A" } });
  await expect(wrong).rejects.toThrow(RangeError);
  await expect(wrong).rejects.toThrow(
    `Cannot run notebook "${file}" as its parameters must fit "Parameters" of cell "c0": ` +
      `route: it must be one of n, until, routes; n: Too small: expected number to be >=1; ` +
      `until: expected date, received string, got "soon"`,
  );
  expect(await Deno.readTextFile(file)).toBe(before);
  expect([...Deno.readDirSync(`${runs.root}/notebooks`)].filter(({ name }) => /ran\.txt|tmp/.test(name))).toEqual([]);
});

test.each([
  ["throws", `{ safeParseAsync() { throw new Error("no") } }`, Error, `must tell them: Error: no`],
  ["exits", `{ safeParseAsync() { Deno.exit(7) } }`, Error, "must tell them: ProcessEnded"],
  [
    "lies",
    `{ safeParseAsync: () => ({ success: true, data: { n: { get x() { throw 1 } } } }) }`,
    RangeError,
    "must be data",
  ],
  ["is none", `{}`, RangeError, "Parameters: it must be a zod schema"],
  [
    "floods",
    `{ safeParseAsync: () => ({ success: true, data: { n: "x".repeat(9e6) } }) }`,
    Error,
    "no answer that can be read",
  ],
])("runNotebook() bears a schema that %s", async (name, schema, error, message) => {
  const file = await runs.write(`hostile-${name}`, {
    tags: ["parameters"],
    source: `export const Parameters: any = ${schema};`,
  }, "1");
  const run = runs.run(file, { parameterTexts: { n: "1" } });
  await expect(run).rejects.toThrow(error);
  await expect(run).rejects.toThrow(message);
});

test("runNotebook() writes no text of a forged answer into the notebook", async () => {
  const forged = `{ fields: [], problems: [], values: { n: { $: "bigint", v: "evil()" } } }`;
  const file = await runs.write("forges", {
    tags: ["parameters"],
    source: `const { display } = Deno.jupyter;
const jupyter = { display: (_: unknown, options: any) => display({ "application/json": ${forged} }, options) };
Object.defineProperty(globalThis, "Deno", { value: Object.create(Deno, { jupyter: { value: jupyter } }) });
export const Parameters: any = { safeParseAsync: () => ({ success: true, data: {} }) };`,
  }, "1");
  const run = runs.run(file, { parameterTexts: { n: "1" } });
  await expect(run).rejects.toThrow("n: it must be a JSON value, a date or a bigint: it is a bigint");
});
