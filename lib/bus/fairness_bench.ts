import { openBus } from "./mod.ts";

// Four processes append batches of 100 at once until the topic holds 200,000 records; value is the share of the slowest,
// ratio that of the slowest to the fastest.

const TOTAL = 200_000;
const path = new URL("./testdata/rival.ts", import.meta.url).pathname;

for (const loops of [1, 2, 8]) {
  const dir = await Deno.makeTempDir({ prefix: "boathouse-bench-" });
  await using bus = await openBus({ kind: "sqlite", dir });
  for (const topic of ["rivals", "ready"]) await bus.createTopic(topic);
  const results = await Promise.all([1, 2, 3, 4].map(() => race(dir, loops)));
  const shares = results.map(({ appends }) => appends), slowest = Math.min(...shares);
  console.log(JSON.stringify({
    name: `four processes, ${loops} in flight each: appends of the slowest`,
    value: slowest,
    unit: "appends",
    ratio: Math.round(slowest / Math.max(...shares) * 100) / 100,
    peer: "the fastest of the four",
    recordsPerSecond: Math.round(TOTAL / Math.max(...results.map(({ ms }) => ms)) * 1000),
  }));
  await Deno.remove(dir, { recursive: true });
}

async function race(dir: string, loops: number): Promise<{ appends: number; ms: number }> {
  const args = ["run", "-A", path, dir, `${TOTAL}`, "100", `${loops}`];
  const { stdout } = await new Deno.Command(Deno.execPath(), { args, stderr: "inherit" }).output();
  return JSON.parse(new TextDecoder().decode(stdout));
}
