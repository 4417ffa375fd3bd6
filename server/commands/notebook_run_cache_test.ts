import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestBench, testBench } from "./_test_bench.ts";
import { publish } from "./_test_lake.ts";

let bench: TestBench;
beforeAll(async () => {
  bench = await testBench();
  const lib = new URL("../../lib/mod.ts", import.meta.url);
  await bench.write(
    "deno.json",
    JSON.stringify({ version: "0.1.0", imports: { boathouse: lib.pathname }, nodeModulesDir: "manual" }),
  );
  await publish(bench.dir, "rides", [{ line: "A" }, { line: "B" }]);
  // With its first rows in the lake the topic has a table, whose id stands on record.
  await bench.run(["lake", "ingest"]);
  const sources = [
    `import { finding, open } from "boathouse";\nconst { lake } = await open();\nconst rides = lake.table("rides");
const one = await lake.sql\`SELECT 1 AS one\`;`,
    "//| cache\n//| label: heavy\nconst rows = (await lake.sql`SELECT count(*) AS n FROM ${rides}`).rows();\n[rows, one.rows()]",
    "finding`${rows[0].n} rides.`",
  ];
  const cells = sources.map((source, n) => {
    return { cell_type: "code", id: `c${n}`, metadata: {}, source, outputs: [], execution_count: null };
  });
  await bench.write("rides.ipynb", JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 }));
});
afterAll(() => bench[Symbol.asyncDispose]());

async function run(...args: string[]): Promise<{ status: string; finding: string; text: string; lines: string[] }> {
  const { code, out, lines } = await bench.run([
    "notebook",
    "run",
    "rides.ipynb",
    "--out",
    "out.ipynb",
    "--json",
    ...args,
  ]);
  expect(code).toBe(0);
  const { cells, findings } = JSON.parse(out);
  const text = await Deno.readTextFile(`${bench.dir}/out.ipynb`);
  return { status: cells[1].status, finding: findings[0].text, text, lines };
}

test("a cached cell over a real lake is replayed until there are new rows, and saves the bytes of a run", async () => {
  const first = await run();
  expect(first).toMatchObject({ status: "ok", finding: "2 rides." });
  const second = await run();
  expect([second.status, second.text]).toEqual(["cached", first.text]);
  await publish(bench.dir, "rides", [{ line: "C" }]);
  const third = await run();
  expect(third).toMatchObject({ status: "ok", finding: "3 rides." });
  // Rows that move from the bus to the lake are the same rows.
  await bench.run(["lake", "ingest"]);
  const fourth = await run();
  expect([fourth.status, fourth.text]).toEqual(["cached", third.text]);
  expect((await run("--no-cache")).text).toBe(third.text);
  const folder = `${bench.dir}/lake/cache/cells`;
  for (const { name } of Deno.readDirSync(folder)) await Deno.truncate(`${folder}/${name}`, 300);
  const last = await run();
  expect([last.status, last.text]).toEqual(["ok", third.text]);
  expect(last.lines.join()).toMatch(/what is kept as "[0-9a-f]{12}…" is not used: it is cut off, altered/);
});
