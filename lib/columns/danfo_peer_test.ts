import { expect, test } from "vitest";
import { requirePeer } from "../../_tools/peers/python.ts";

const ROOT = new URL("../../", import.meta.url);

// A process of its own, without a lock file and a folder of packages: fetching danfo.js must change nothing here.
const PROGRAM = `
import { fromDanfo, rowsOf, tableFromRows, toDanfo, toTable } from ${
  JSON.stringify(new URL("lib/columns/mod.ts", ROOT).href)
};
const rows = [
  { hour: 18, delay: 1.5, route: "ORD-LGA", late: true, at: new Date(5), big: null },
  { hour: 7, delay: null, route: null, late: false, at: new Date(-1), big: null },
];
const frame = await toDanfo(tableFromRows(rows));
const empty = await toDanfo(tableFromRows([]));
const sorted = frame.sortValues("hour");
console.log(JSON.stringify({
  shape: frame.shape,
  dtypes: frame.dtypes,
  rows: rowsOf(fromDanfo(frame)),
  sorted: rowsOf(toTable(sorted)).map(({ hour }) => hour),
  empty: rowsOf(fromDanfo(empty)),
}));
Deno.exit(0); // tensorflow.js keeps the process alive
`;

async function runDanfo(program: string): Promise<string> {
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(file, program);
    const config = new URL("deno.json", ROOT).pathname;
    const args = [
      "run",
      "-A",
      "--quiet",
      "--no-check",
      "--no-lock",
      "--node-modules-dir=none",
      "--config",
      config,
      file,
    ];
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    if (!success) throw new Error(text(stderr).slice(0, 2_000));
    return text(stdout);
  } finally {
    await Deno.remove(file);
  }
}

test("the real danfo.js takes a table and gives it back, and deno.lock stays as it is", async (context) => {
  const lock = () => Deno.readTextFile(new URL("deno.lock", ROOT));
  const before = await lock();
  await requirePeer(context, () => runDanfo('await import("npm:danfojs@1.1.2"); Deno.exit(0);'));
  const printed = await runDanfo(PROGRAM);
  expect(JSON.parse(printed.trim().split("\n").at(-1)!)).toEqual({
    shape: [2, 6],
    dtypes: ["int32", "float32", "string", "boolean", "datetime", "float32"],
    rows: [
      { hour: 18, delay: 1.5, route: "ORD-LGA", late: true, at: "1970-01-01T00:00:00.005Z", big: null },
      { hour: 7, delay: null, route: null, late: false, at: "1969-12-31T23:59:59.999Z", big: null },
    ],
    sorted: [7, 18],
    empty: [],
  });
  expect(await lock()).toBe(before);
}, 300_000);
