/**
 * The kernel beside the one that Deno brings, by Jupyter's own clients in one run: start, round trip of a cell, a long
 * log, and fifty cells, which our side runs without a kernel. Loss stands beside the times.
 */
import { join } from "node:path";
import { installOurKernel, installStockKernel, type Jupyter, openJupyter } from "../../_tools/peers/jupyter.ts";

const ROOT = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");
const PROGRAM = new URL("./testdata/kernel_bench.py", import.meta.url).pathname;
const ROUNDS = 5;
const [OURS, STOCK] = ["boathouse", "deno"];
const CELLS = 50;

/** What the Python program measured once. */
interface Measured {
  kernel: string;
  workload: "ready" | "trip" | "log" | "fifty";
  ms: number;
  ended?: boolean;
  results?: number;
  lines?: number;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;
}

function print(name: string, value: number, unit: string, against: object = {}): void {
  console.log(JSON.stringify({ name, value, unit, ...against }));
}

/** A notebook of the same cells as the Python program's. */
function fiftyCells(): string {
  const cells = Array.from({ length: CELLS }, (_, n) => ({
    cell_type: "code",
    id: `c${n}`,
    metadata: {},
    execution_count: null,
    outputs: [],
    source: `const v${n} = Array.from({ length: 1000 }, (_, k) => k * ${n}).reduce((a, b) => a + b, 0);\nv${n}`,
  }));
  return JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 });
}

/** Runs fifty cells by the command line, start included. */
async function runHeadless(folder: string): Promise<{ ms: number; results: number }> {
  const [file, out] = [join(folder, "fifty.ipynb"), join(folder, "out.ipynb")];
  await Deno.writeTextFile(join(folder, "boathouse.yaml"), "");
  await Deno.copyFile(join(ROOT, "deno.json"), join(folder, "deno.json"));
  await Deno.writeTextFile(file, fiftyCells());
  // As the launcher has it.
  const flags = ["-A", "--no-check", "--node-modules-dir=manual", "--config", join(ROOT, "deno.json")];
  const start = performance.now();
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", ...flags, join(ROOT, "boathouse.ts"), "notebook", "run", file, "--out", out],
  });
  const { code, stderr } = await command.output();
  const ms = performance.now() - start;
  if (code !== 0) throw new Error(`Cannot measure notebook run: ${new TextDecoder().decode(stderr)}`);
  const { cells } = JSON.parse(await Deno.readTextFile(out)) as { cells: { outputs: { output_type: string }[] }[] };
  const results = cells.filter(({ outputs }) => outputs.some((output) => output.output_type === "execute_result"));
  return { ms, results: results.length };
}

async function measure(jupyter: Jupyter): Promise<void> {
  const printed = await jupyter.tool("python", [PROGRAM, `${ROUNDS}`, STOCK, OURS]);
  const all = printed.trimEnd().split("\n").map((line) => JSON.parse(line) as Measured);
  const of = (kernel: string, workload: Measured["workload"]): Measured[] =>
    all.filter((each) => each.kernel === kernel && each.workload === workload);
  const times = (kernel: string, workload: Measured["workload"]) => median(of(kernel, workload).map(({ ms }) => ms));
  const peer = "stock kernel";
  for (const [workload, name] of [["ready", "start to ready"], ["trip", "round trip of a cell"]] as const) {
    const [ours, stock] = [times(OURS, workload), times(STOCK, workload)];
    print(`${name} of the stock kernel, p50`, stock, "ms");
    print(`${name}, p50`, ours, "ms", { ratio: ours / stock, peer });
  }
  const [log, stockLog] = [of(OURS, "log"), of(STOCK, "log")];
  const lines = (runs: Measured[]) => Math.min(...runs.map((each) => each.lines!));
  print("20,000 lines through nbclient, stock kernel, p50", times(STOCK, "log"), "ms");
  print("of these in their cell, at worst", lines(stockLog), "lines");
  print("runs of these that never ended", stockLog.filter(({ ended }) => !ended).length, `of ${ROUNDS}`);
  print("20,000 lines through nbclient, start included, p50", times(OURS, "log"), "ms", {
    ratio: times(OURS, "log") / times(STOCK, "log"),
    peer,
  });
  print("of these in their cell, at worst", lines(log), "lines");
  const fifty = of(STOCK, "fifty");
  const stockMs = times(STOCK, "fifty");
  print("50 cells through nbclient, stock kernel, p50", stockMs, "ms");
  print("results of these, at worst", Math.min(...fifty.map(({ results }) => results!)), `of ${CELLS}`);
  print("50 cells through nbclient, p50", times(OURS, "fifty"), "ms", { ratio: times(OURS, "fifty") / stockMs, peer });
  const headless: { ms: number; results: number }[] = [];
  for (let round = 0; round < ROUNDS; round++) headless.push(await runHeadless(jupyter.folder));
  const ms = median(headless.map((each) => each.ms));
  print("50 cells by notebook run, start included, p50", ms, "ms", { ratio: ms / stockMs, peer: "stock, nbclient" });
  print("results of these, at worst", Math.min(...headless.map(({ results }) => results)), `of ${CELLS}`);
}

await using jupyter = await openJupyter();
await Promise.all([installOurKernel(jupyter), installStockKernel(jupyter)]);
await measure(jupyter);
