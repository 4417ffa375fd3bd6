import * as fc from "fast-check";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { installPapermillPackage, type Jupyter } from "../../_tools/peers/jupyter.ts";
import { useJupyter } from "../../_tools/peers/use_jupyter.ts";

const jupyter = useJupyter();
let papermill: Jupyter;
beforeAll(async () => {
  if (jupyter()) papermill = await installPapermillPackage(jupyter());
});

const CODIFY = `
import datetime, json, sys
import papermill.engines  # loads the entry point
from papermill.translators import papermill_translators
translator = papermill_translators.find_translator("boathouse", "typescript")
def codify(parameters):
    try: return translator.codify(parameters)
    except (TypeError, ValueError) as error: return f"{type(error).__name__}: {error}"
`;
const python = async (expression: string, input: unknown = null): Promise<unknown> => {
  const file = join(jupyter().folder, "input.json");
  await Deno.writeTextFile(file, JSON.stringify(input));
  return JSON.parse(
    await papermill.run(`${CODIFY}\ngiven = json.load(open(sys.argv[1]))\nprint(json.dumps(${expression}))`, [file]),
  );
};
const UNITS = ['"', "'", "`", "\\", "\n", "\u2028", "${", "\0", "é", "🚣", "\ud83d", "__proto__", "//"];

test("parameters are written so that TypeScript reads what papermill was given", async () => {
  const text = fc.string({ unit: fc.constantFrom(...UNITS) });
  const exact = fc.jsonValue().filter((value) => !/\d{16}/.test(JSON.stringify(value)));
  const values: unknown[] = fc.sample(fc.oneof(exact, text, fc.dictionary(text, exact)), { numRuns: 1_000, seed: 42 });
  values.push(JSON.parse('{"__proto__": {"a": 1}, "b": null}'));
  const codes = await python('[codify({"value": value}) for value in given]', values) as string[];
  const read = codes.map((code) => JSON.stringify(new Function(`${code}\nreturn value;`)()));
  expect(read).toEqual(values.map((value) => JSON.stringify(value)));
  expect(codes.at(-1)).toBe('// Parameters\nconst value = { ["__proto__"]: { "a": 1 }, "b": null };\n');
});

const REFUSED = [
  ['float("nan")', "ValueError: Cannot pass nan to TypeScript as a notebook, which is JSON, cannot hold it: pass null"],
  [
    '[{"a": -float("inf")}]',
    "ValueError: Cannot pass -inf to TypeScript as a notebook, which is JSON, cannot hold it: pass null",
  ],
  [
    "2**53",
    "ValueError: Cannot pass 9007199254740992 to TypeScript as a number past 2^53 would lose digits: pass it as text",
  ],
  [
    "datetime.date(2001, 5, 31)",
    "TypeError: Cannot pass a date to TypeScript as JSON has no such value: pass it as text",
  ],
  ["{1: 2}", "TypeError: Cannot pass a mapping to TypeScript as its keys must be text: got 1"],
];

test("values that a notebook cannot hold, or that would lose digits, are refused with the way out", async () => {
  const values = REFUSED.map(([value]) => value).join(", ");
  expect(await python(`[codify({"value": value}) for value in [${values}]]`)).toEqual(REFUSED.map(([, told]) => told));
});

test("names that TypeScript cannot declare are refused", async () => {
  const names = ["until", "$a", "_1", "été", "a$b", "a-b", "1a", "", "const", "await", "a;b", "a b"];
  const codes = await python("[codify({name: 1}) for name in given]", names) as string[];
  expect(names.filter((_, at) => codes[at]!.startsWith("// "))).toEqual(["until", "$a", "_1", "été", "a$b"]);
  expect(codes[names.indexOf("a-b")]).toBe(
    "ValueError: Cannot pass parameter 'a-b' as TypeScript must be able to declare its name",
  );
});

test("papermill runs a notebook with parameters, and tells which it takes", async () => {
  const file = join(jupyter().folder, "in.ipynb"), out = join(jupyter().folder, "out.ipynb");
  const code = (source: string, tags: string[]) => {
    return { cell_type: "code", id: tags[0] ?? "sum", metadata: { tags }, source, outputs: [], execution_count: null };
  };
  const parameters = `const route: string = "ORD;//LGA"; // origin and destination\nexport let days = 7\nconst pad = "${
    " ".repeat(2_000)
  }";\n// nothing\n`;
  await Deno.writeTextFile(
    file,
    JSON.stringify({
      cells: [code(parameters, ["parameters"]), code("`${route} ${days * 2} ${when[0].at}`", [])],
      metadata: { kernelspec: { name: "boathouse", display_name: "Boathouse", language: "typescript" } },
      nbformat: 4,
      nbformat_minor: 5,
    }),
  );
  const yaml = '{days: 3, when: [{at: "9:00"}]}';
  await papermill.tool("papermill", [file, out, "--no-progress-bar", "-p", "route", 'J"FK', "-y", yaml]);
  const { cells, metadata } = JSON.parse(await Deno.readTextFile(out));
  expect(cells.map(({ metadata: { tags } }: { metadata: { tags: string[] } }) => tags)).toEqual([
    ["parameters"],
    ["injected-parameters"],
    [],
  ]);
  expect(cells[2].outputs[0].data["text/plain"]).toEqual([`'J"FK 6 9:00'`]);
  expect(metadata.papermill.parameters).toEqual({ route: 'J"FK', days: 3, when: [{ at: "9:00" }] });
  const help = await papermill.tool("papermill", ["--help-notebook", file]);
  expect(help).toMatch(/route: string \(default "ORD;\/\/LGA"\)\s+origin and destination\n/);
  expect(help).toContain("days: Unknown type (default 7)");
});
