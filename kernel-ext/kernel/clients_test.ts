import { afterAll, beforeAll, expect, test } from "vitest";
import { openWorkbench } from "../../lib/workbench/mod.ts";
import { type Child, type Execution, startChild } from "./child.ts";

const root = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");
let folder: string;
let child: Child;

beforeAll(async () => {
  folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "boathouse-clients-" }));
  await Deno.writeTextFile(`${folder}/boathouse.yaml`, "");
  await using workbench = openWorkbench(folder);
  const bus = await workbench.bus();
  await bus.createTopic("rides");
  await bus.append(
    "rides",
    0,
    Array.from({ length: 3 }, (_, i) => ({ key: null, eventTimeMicros: null, value: { i } })),
  );
  child = await startChild({ root, cwd: folder });
  const { error } = await child.execute(
    "open",
    `import { open } from "boathouse"; const { lake, models } = await open({ root: ${JSON.stringify(folder)} });`,
  );
  expect(error).toBe(undefined);
}, 60_000);
afterAll(async () => {
  await child[Symbol.asyncDispose]();
  await Deno.remove(folder, { recursive: true });
});

const texts = ({ outputs }: Execution) => {
  return outputs.map((output) =>
    "data" in output ? output.data["text/plain"] : output.output_type === "stream" ? output.text : output.evalue
  );
};

const QUIET = [
  `await lake.write("delays", [{ hour: 18, delay: 4.5 }, { hour: 19, delay: 6 }], { mode: "overwrite" });`,
  `const delays = await lake.sql\`SELECT hour, avg(delay) AS delay FROM delays GROUP BY hour ORDER BY hour\`; delays`,
  `lake.table("delays")`,
  `const rides = await lake.sql\`SELECT count(*) AS n FROM rides\`; rides`,
  `(await rides.toPolars()).height`,
  `(await delays.toArquero()).objects()`,
  `import pl from "nodejs-polars"; pl.DataFrame({ a: [1, 2] }).groupBy("a").agg(pl.col("a").sum().alias("b"))`,
  `import * as aq from "arquero"; aq.table({ a: [1, 2, 3] }).filter((d) => d.a > 1).orderby("a")`,
  `import * as Plot from "boathouse/plot"; Plot.plot({ color: { legend: true }, marks: [Plot.dot([[1, 2], [3, 4]], { fill: ([x]) => x })] })`,
  `Plot.plot({ marks: [Plot.rectY([1, 2, 2, 3], Plot.binX({ y: "count" })), Plot.dot([1, 1, 2], Plot.dodgeY({ x: (d) => d }))] })`,
  `Plot.plot({ x: { type: "utc" }, marks: [Plot.lineY([[new Date(2001, 0), 1], [new Date(2001, 1), 2]])] })`,
  `import { finding, table, z } from "boathouse"; table([{ a: 1 }])`,
  "finding`It is ${1.5}.`",
  `z.object({ at: z.coerce.date(), id: z.uuid() }).safeParse({ at: "2001-05-31", id: "x" }).success`,
  `import { buildOnnx } from "boathouse";
  const version = await models.log("delay", {
    onnx: buildOnnx({ output: "minutes", intercept: 1, slopes: { distance: 2 }, effects: { day: new Map([["Mon", 1]]) } }),
    metrics: { rmse: 1 },
    example: { distance: 1, day: "Mon" },
  });
  version`,
  `const model = await models.load("delay@1"); await model.predict([{ distance: 2, day: "Tue" }])`,
  `await models.versions("delay")`,
];
for (const source of QUIET) {
  test(`execute() does not take for unproven what recorded clients and packages do: ${source.split("\n")[0]}`, async () => {
    const { unproven, error } = await child.execute("a", source);
    expect([error, unproven]).toEqual([undefined, []]);
  });
}

test("execute() takes a random sample for unproven, and queries of the clock", async () => {
  expect((await child.execute("a", `aq.table({ a: [1, 2, 3] }).sample(1)`)).unproven).toEqual(["random"]);
  expect((await child.execute("a", "await lake.sql`SELECT now() AS now`")).unproven).toEqual(["clock"]);
  expect((await child.execute("a", "await lake.sql`SELECT random() AS r`")).unproven).toEqual(["random"]);
});

test("execute() takes for unproven what reads files of the lake past its clients", async () => {
  const { unproven } = await child.execute("a", `[...Deno.readDirSync("${folder}/lake/tables/delays")].length`);
  expect(unproven).toEqual(["file"]);
});

test("rows in cells are numbers, dates and texts, which JSON and Plot take", async () => {
  const query = `SELECT count(*) AS n, TIMESTAMP '2001-05-31 18:00:00' AS at, DATE '2001-05-31' AS day,
    DECIMAL '12.34' AS price, 9007199254740991::BIGINT AS big, 1::HUGEINT AS huge, NULL::INTEGER AS none FROM delays`;
  await child.execute("a", `const typed = await lake.sql\`${query}\`; const [row] = typed.rows();`);
  const shown = texts(
    await child.execute(
      "b",
      `console.log(JSON.stringify(row)); Object.values(row).map((value) => value instanceof Date ? "Date" : typeof value).join()`,
    ),
  );
  expect(shown).toEqual([
    `{"n":2,"at":"2001-05-31T18:00:00.000Z","day":"2001-05-31T00:00:00.000Z","price":12.34,"big":9007199254740991,"huge":1,"none":null}\n`,
    `"number,Date,Date,number,number,number,object"`,
  ]);
  const plot = await child.execute(
    "c",
    `Plot.plot({ marks: [Plot.dot(typed, { x: "at", y: "price", r: "n" }), Plot.text(typed, { x: "day", y: "big", text: "huge" })] })`,
  );
  expect(plot.error).toBe(undefined);
  expect(plot.outputs).toMatchObject([{ data: { "image/svg+xml": expect.stringContaining("<circle") } }]);
  const past = await child.execute("d", "(await lake.sql`SELECT 9007199254740993::BIGINT AS big`).rows()");
  expect(past.error?.message).toContain(`"big"`);
  expect(
    texts(await child.execute("e", "(await lake.sql`SELECT 9007199254740993::BIGINT AS big`).rows({ bigint: true })")),
  ).toEqual([
    "[ { big: 9007199254740993n } ]",
  ]);
});
