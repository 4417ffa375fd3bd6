/** `boathouse notebook diff` of two notebooks of 5 MB, start included; beside it nbdime, else parsing and jsdiff alone. */
import { pythonEnv } from "../../../_tools/peers/python.ts";
import { type CellRun, isCode, readNotebook, stampProvenance, writeNotebook } from "../mod.ts";
import { largeNotebook } from "./testdata/large.ts";

const ROOT = new URL("../../..", import.meta.url).pathname.replace(/\/$/, "");
const RUNS = 5;

async function medianMs(run: () => Promise<void>): Promise<number> {
  const spent: number[] = [];
  for (let index = 0; index < RUNS; index++) {
    const start = performance.now();
    await run();
    spent.push(performance.now() - start);
  }
  return spent.sort((a, b) => a - b)[RUNS >> 1]!;
}

async function call(program: string, args: string[]): Promise<void> {
  const { code, stderr } = await new Deno.Command(program, { args, cwd: folder, stdout: "null" }).output();
  if (code !== 0) throw new Error(`Cannot measure ${program}: ${new TextDecoder().decode(stderr)}`);
}

async function peer(): Promise<{ name: string; ms: number }> {
  try {
    const python = await pythonEnv("nbdime", ["nbdime==4.0.4"]);
    const args = ["-m", "nbdime", "diff", "--no-color", "old.ipynb", "new.ipynb"];
    return { name: "nbdime", ms: await medianMs(() => call(python, args)) };
  } catch (error) {
    console.error((error as Error).message);
    const program = `import { diffLines } from "diff";
      const [a, b] = ["old", "new"].map((name) => JSON.stringify(JSON.parse(Deno.readTextFileSync(name + ".ipynb")), null, 1));
      diffLines(a, b);`;
    await Deno.writeTextFile(`${folder}/bare.ts`, program);
    const args = ["run", "-A", "--config", `${ROOT}/deno.json`, "bare.ts"];
    return { name: "JSON.parse and jsdiff", ms: await medianMs(() => call(Deno.execPath(), args)) };
  }
}

/** As it is after its run. */
async function ran(text: string): Promise<string> {
  const notebook = readNotebook(text, "bench");
  const runs = notebook.cells.filter(isCode).map(({ id, outputs }): [string, CellRun] => {
    return [id, { outputs, inputs: [], unproven: [] }];
  });
  const stamped = await stampProvenance(notebook, { cells: new Map(runs), parameters: {} }, {
    root: folder,
    from: folder,
  });
  return writeNotebook(stamped);
}

const folder = await Deno.makeTempDir({ prefix: "boathouse-bench-" });
try {
  const [old, recent] = [largeNotebook(1), largeNotebook(2)];
  await Deno.writeTextFile(`${folder}/old.ipynb`, old);
  await Deno.writeTextFile(`${folder}/new.ipynb`, recent);
  const print = (name: string, value: number, unit: string, against: object = {}) => {
    console.log(JSON.stringify({ name, value, unit, ...against }));
  };
  print("size of each notebook", old.length / 1e6, "MB");
  const { name, ms } = await peer();
  print(`the peer: ${name}`, ms, "ms");
  const diff = ["run", "-A", `${ROOT}/boathouse.ts`, "notebook", "diff", "old.ipynb", "new.ipynb"];
  const bare = await medianMs(() => call(Deno.execPath(), diff));
  print("notebook diff of two files, start included, p50", bare, "ms", { ratio: bare / ms, peer: name });
  await Deno.writeTextFile(`${folder}/boathouse.yaml`, "");
  const judged = await medianMs(() => call(Deno.execPath(), diff));
  print("the same in a workbench, all cells judged, p50", judged, "ms", { ratio: judged / ms, peer: name });
  await Deno.writeTextFile(`${folder}/deno.json`, `{ "version": "0.1.0" }`);
  const [was, now] = [await ran(old), await ran(recent)];
  await Deno.writeTextFile(`${folder}/old.ipynb`, was);
  await Deno.writeTextFile(`${folder}/new.ipynb`, now);
  const sealed = await medianMs(() => call(Deno.execPath(), diff));
  print("the same with runs on record, p50", sealed, "ms", { ratio: sealed / ms, peer: name });
  await Deno.writeTextFile(`${folder}/new.ipynb`, now.replace("edited", "edited again"));
  const edited = await medianMs(() => call(Deno.execPath(), diff));
  print("the same, one cell edited after its run, p50", edited, "ms", { ratio: edited / ms, peer: name });
  const start = await medianMs(() => call(Deno.execPath(), ["run", "-A", `${ROOT}/boathouse.ts`, "--version"]));
  print("of that the start of the command line", start, "ms");
} finally {
  await Deno.remove(folder, { recursive: true });
}
