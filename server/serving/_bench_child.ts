import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** A server of a bench, in a process of its own. */
export interface BenchChild {
  /** Where it answers. */
  url: string;
  /** Resident memory of the process alone, or with all that it started, MiB; pages that processes share count once. */
  residentMib(options?: { withChildren: boolean }): Promise<number>;
  /** Ends it as a signal would. */
  stop(): Promise<void>;
}

const NODE = join(dirname(fileURLToPath(import.meta.url)), "_bench_node.ts");

/**
 * Starts a serving node, or without a workbench the bare echo that it is compared with.
 *
 * @param root folder of a workbench
 * @returns the server, ready
 */
export async function startBenchNode(root?: string): Promise<BenchChild> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", NODE, ...(root === undefined ? [] : [root])],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value } = await reader.read();
  return {
    url: value!.trim(),
    async residentMib({ withChildren } = { withChildren: false }) {
      const pids = withChildren ? await familyOf(child.pid) : [child.pid];
      const sizes = await Promise.all(pids.map(residentOf));
      return sizes.reduce((sum, size) => sum + size, 0);
    },
    async stop() {
      child.kill("SIGTERM");
      await child.status;
    },
  };
}

async function residentOf(pid: number): Promise<number> {
  const rollup = await Deno.readTextFile(`/proc/${pid}/smaps_rollup`);
  return Number(/^Pss:\s+(\d+)/m.exec(rollup)![1]) / 1024;
}

async function familyOf(pid: number): Promise<number[]> {
  const text = await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`);
  const all: string[] = [text];
  for await (const { name } of Deno.readDir(`/proc/${pid}/task`)) {
    if (name !== String(pid)) all.push(await Deno.readTextFile(`/proc/${pid}/task/${name}/children`));
  }
  const children = all.join(" ").split(/\s+/).filter((word) => word !== "").map(Number);
  return [pid, ...(await Promise.all(children.map(familyOf))).flat()];
}

/**
 * Prints one measure as a JSON line.
 *
 * @param name what was measured
 * @param value the figure
 * @param unit its unit
 * @param ratio to the peer of the same run
 * @param peer name of the peer
 */
export function printMeasure(name: string, value: number, unit: string, ratio?: number, peer?: string): void {
  const round = (number: number) => Math.round(number * 1000) / 1000;
  console.log(
    JSON.stringify({ name, value: round(value), unit, ...(ratio !== undefined && { ratio: round(ratio), peer }) }),
  );
}
