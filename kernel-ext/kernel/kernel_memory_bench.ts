/**
 * A thousand cells in one kernel beside the one that Deno brings: prints, values, tables, errors, and one value of 1 MiB
 * that each fifth cell replaces. Memory after collection at 100, 500 and 1,000 cells.
 */
import { installOurKernel, installStockKernel, openJupyter } from "../../_tools/peers/jupyter.ts";

const PROGRAM = new URL("./testdata/kernel_memory.py", import.meta.url).pathname;
const [OURS, STOCK] = ["boathouse", "deno"];

/** What the Python program measured once, in MiB. */
interface Measured {
  kernel: string;
  cells: number;
  /** Of the process in which cells run. */
  heap: number;
  /** Of each process, the one that the client started first. */
  resident: number[];
}

function print(name: string, value: number, against: object = {}): void {
  console.log(JSON.stringify({ name, value, unit: "MiB", ...against }));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

await using jupyter = await openJupyter();
await Promise.all([installOurKernel(jupyter), installStockKernel(jupyter)]);
const printed = await jupyter.tool("python", [PROGRAM, STOCK, OURS]);
const all = printed.trimEnd().split("\n").map((line) => JSON.parse(line) as Measured);
for (const { kernel, cells, heap, resident } of all) {
  const peer = all.find((each) => each.kernel === STOCK && each.cells === cells)!;
  const against = kernel === OURS ? { ratio: sum(resident) / sum(peer.resident), peer: "stock kernel" } : {};
  print(`${kernel}: heap of the cells after ${cells} cells`, heap);
  print(`${kernel}: resident after ${cells} cells`, sum(resident), { ...against, each: resident.map(Math.round) });
}
for (const kernel of [STOCK, OURS]) {
  const [first, , last] = all.filter((each) => each.kernel === kernel);
  print(`${kernel}: growth of the heap from 100 to 1,000 cells`, last!.heap - first!.heap);
  print(`${kernel}: growth of resident memory from 100 to 1,000 cells`, sum(last!.resident) - sum(first!.resident));
}
