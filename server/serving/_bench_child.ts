import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** A server of a bench, in a process of its own. */
export interface BenchChild {
  /** Where it answers. */
  url: string;
  /** Resident memory of the process alone, or with all that it started, MiB; pages that processes share count once. */
  residentMib(options?: { withChildren: boolean }): Promise<number>;
  /** CPU seconds of the process and all that it started, by process and thread; in that of a process its threads count too. */
  cpuSeconds(): Promise<Record<string, number>>;
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
    async cpuSeconds() {
      const pids = await familyOf(child.pid);
      return Object.assign(
        {},
        ...await Promise.all(pids.map((pid, i) => cpuOf(pid, i === 0 ? "node" : `sandbox-${i}`))),
      );
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

const TICKS_PER_SECOND = 100;

async function cpuOf(pid: number, name: string): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  const secondsOf = async (path: string) => {
    const stat = await Deno.readTextFile(path), after = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return [
      stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")")),
      (Number(after[11]) + Number(after[12])) / TICKS_PER_SECOND,
    ] as const;
  };
  found[name] = (await secondsOf(`/proc/${pid}/stat`))[1];
  for await (const { name: task } of Deno.readDir(`/proc/${pid}/task`)) {
    const [thread, seconds] = await secondsOf(`/proc/${pid}/task/${task}/stat`);
    found[`${name} ${thread}`] = (found[`${name} ${thread}`] ?? 0) + seconds;
  }
  return found;
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
