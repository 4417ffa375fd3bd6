import { expect, test } from "vitest";
import { residentBytes } from "../../_tools/process_tree.ts";

// Minutes long, so it runs with the real peers ("deno task test") and not in the gate.
const EVERY = 300;
const REQUESTS = 200;
const KILLS = 10;
const FLIGHTS = 8325; // number % 300 = 0 before June: floor(2,497,772 / 300)

function start(dir: string): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "boathouse.ts", "demo", "--exit", "--json", "--every", `${EVERY}`, "--requests", `${REQUESTS}`],
    env: { BOATHOUSE_BUS: `sqlite:${dir}/bus`, BOATHOUSE_LAKE: `file:${dir}`, BOATHOUSE_LISTEN_SERVING: "127.0.0.1:0" },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function finish(child: Deno.ChildProcess) {
  const { code, stdout, stderr } = await child.output();
  expect(new TextDecoder().decode(stderr)).not.toContain("boathouse:");
  expect(code).toBe(0);
  return JSON.parse(new TextDecoder().decode(stdout));
}

async function changes(): Promise<string> {
  const { stdout } = await new Deno.Command("git", { args: ["status", "--porcelain", "notebooks", "reports"] })
    .output();
  return new TextDecoder().decode(stdout);
}

async function gone(pids: Iterable<number>): Promise<number[]> {
  for (let tries = 0; tries < 100; tries++) {
    const left = [...pids].filter((pid) => residentBytes(pid).has(pid));
    if (left.length === 0) return [];
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return [...pids].filter((pid) => residentBytes(pid).has(pid));
}

test("demo ends well after it was killed at ten points, and again on what it left", async () => {
  const dir = await Deno.makeTempDir();
  const before = await changes();
  const whole = await Deno.makeTempDir();
  const begun = performance.now();
  await finish(start(whole));
  const wholeMs = performance.now() - begun;
  for (let kill = 0; kill < KILLS; kill++) {
    const child = start(dir);
    const output = child.output();
    await new Promise((resolve) => setTimeout(resolve, wholeMs * (0.03 + kill * 0.095)));
    const pids = residentBytes(child.pid).keys();
    try {
      child.kill("SIGKILL");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
    await output;
    expect(await gone(pids)).toEqual([]);
  }
  for (const run of ["after the kills", "on what the first left"]) {
    const summary = await finish(start(dir));
    expect({ run, bus: summary.busRows, lake: summary.lakeRows }).toEqual({ run, bus: FLIGHTS, lake: FLIGHTS });
    expect(summary).toMatchObject({ requests: REQUESTS, errors: 0 });
    expect(summary.fallbackAnswers).toBeGreaterThan(0);
    expect(summary.functions.map(({ name }: { name: string }) => name)).toEqual(["predictDelay", "averageDelay"]);
    expect(summary.notebooks).toHaveLength(2);
    expect(summary.quality.control.n + summary.quality.candidate.n).toBe(REQUESTS);
  }
  expect(await changes()).toBe(before);
  await Promise.all([dir, whole].map((each) => Deno.remove(each, { recursive: true })));
}, 400_000);
