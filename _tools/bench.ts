/**
 * Runs every `*_bench.ts`, one after the other, and prints what they measured as one table. A bench prints JSON lines
 * `{name, value, unit, ratio?, peer?}`; a ratio compares with a peer measured in the same run.
 */
import { dirname, relative } from "node:path";
import { fileURLToPath } from "node:url";

interface Measure {
  name: string;
  value: number;
  unit: string;
  ratio?: number;
  peer?: string;
}

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const SKIPPED = new Set(["node_modules", "lake", ".peers", ".git", "reports"]);

async function* benchFiles(folder: string): AsyncIterable<string> {
  const entries = [...Deno.readDirSync(folder)].sort((a, b) => a.name < b.name ? -1 : 1);
  for (const entry of entries) {
    if (entry.isDirectory && !SKIPPED.has(entry.name)) yield* benchFiles(`${folder}/${entry.name}`);
    if (entry.isFile && entry.name.endsWith("_bench.ts")) yield `${folder}/${entry.name}`;
  }
}

async function measure(file: string): Promise<Measure[]> {
  const command = new Deno.Command(Deno.execPath(), { args: ["run", "-A", file], cwd: ROOT, stderr: "inherit" });
  const { code, stdout } = await command.output();
  if (code !== 0) throw new Error(`Cannot measure ${relative(ROOT, file)}: it ended with exit code ${code}`);
  const lines = new TextDecoder().decode(stdout).split("\n").filter((line) => line.startsWith("{"));
  return lines.map((line) => JSON.parse(line) as Measure);
}

function show({ name, value, unit, ratio, peer }: Measure): string {
  const figure = value.toLocaleString("en-US", { maximumSignificantDigits: 4 });
  const against = ratio === undefined ? "" : `  ${ratio.toFixed(2)} x ${peer ?? "peer"}`;
  return `  ${name.padEnd(52)} ${figure.padStart(12)} ${unit.padEnd(12)}${against}`;
}

const wanted = Deno.args;
for await (const file of benchFiles(ROOT)) {
  const shown = relative(ROOT, file);
  if (wanted.length > 0 && !wanted.some((part) => shown.includes(part))) continue;
  console.log(shown);
  for (const each of await measure(file)) console.log(show(each));
}
