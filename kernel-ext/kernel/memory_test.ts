import { expect, test } from "vitest";

const ROOT = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");
/** More than the evaluations of which outputs are kept, and as many again. */
const [FIRST, MORE, OUTPUT_KIB] = [550, 550, 40];

const PROGRAM = `
import { startChild } from "${ROOT}/kernel-ext/kernel/mod.ts";
await using child = await startChild({ root: "${ROOT}", cwd: "${ROOT}" });
async function heapAfter(cells) {
  for (let n = 0; n < cells; n++) await child.execute("c" + n, "'" + n + "'.padEnd(${OUTPUT_KIB} * 1024)");
  for (let n = 0; n < 3; n++) {
    gc();
    await new Promise((done) => setTimeout(done));
  }
  return Deno.memoryUsage().heapUsed;
}
console.log(JSON.stringify([await heapAfter(${FIRST}), await heapAfter(${MORE})]));`;

test("a kernel forgets the outputs of its older cells", async () => {
  const args = ["eval", "--v8-flags=--expose-gc", "--config", `${ROOT}/deno.json`, PROGRAM];
  const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), { args }).output();
  expect(success, new TextDecoder().decode(stderr)).toBe(true);
  const [before, after] = JSON.parse(new TextDecoder().decode(stdout)) as [number, number];
  expect(before).toBeGreaterThan(500 * OUTPUT_KIB * 1024);
  expect(after - before).toBeLessThan(MORE * OUTPUT_KIB * 1024 / 4);
}, 120_000);
