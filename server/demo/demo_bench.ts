import { residentBytes } from "../../_tools/process_tree.ts";

/** The demo with 500,000 flights on a workbench of its own: seconds, and the largest process's memory. */
const POLL_MS = 200;
const MIB = 2 ** 20;

const dir = await Deno.makeTempDir({ prefix: "boathouse-demo-bench-" });
const child = new Deno.Command(Deno.execPath(), {
  args: ["run", "-A", "boathouse.ts", "demo", "--exit", "--json"],
  env: {
    BOATHOUSE_BUS: `sqlite:${dir}/bus`,
    BOATHOUSE_LAKE: `file:${dir}`,
    BOATHOUSE_LISTEN_SERVING: "127.0.0.1:0",
  },
  stdout: "piped",
  stderr: "inherit",
}).spawn();

let peak = 0;
const timer = setInterval(() => {
  peak = Math.max(peak, ...residentBytes(child.pid).values());
}, POLL_MS);
const { code, stdout } = await child.output();
clearInterval(timer);
await Deno.remove(dir, { recursive: true });
if (code !== 0) throw new Error(`Cannot measure the demo: it ended with exit code ${code}`);

const summary = JSON.parse(new TextDecoder().decode(stdout));
const print = (name: string, value: number, unit: string) => console.log(JSON.stringify({ name, value, unit }));
print("demo --exit, 500,000 flights", summary.seconds, "s");
print("demo: largest process", peak / MIB, "MiB");
print("demo: endpoint p50", summary.latencyMs.p50, "ms");
print("demo: endpoint p99", summary.latencyMs.p99, "ms");
for (const [name, seconds] of Object.entries<number>(summary.steps)) print(`demo: ${name}`, seconds, "s");
