import { afterAll, beforeAll, expect, test } from "vitest";
import type { Json } from "../events/mod.ts";
import { seededRandom } from "./_random.ts";
import { openSandbox, type Sandbox } from "./mod.ts";

let sandbox: Sandbox;
const NOW = Date.UTC(2001, 5, 1, 12, 30, 15, 250);

beforeAll(async () => {
  const host = { call: () => new Promise<Json>((resolve) => setTimeout(() => resolve(null), Math.random() * 5)) };
  sandbox = await openSandbox({ product: "clock", host, spares: 0 });
});

afterAll(() => sandbox[Symbol.asyncDispose]());

async function run(hash: string, body: string, nowMs = NOW, seed = "seed"): Promise<Json> {
  const bundle = `export async function handler(input, ctx) { ${body} }`;
  await sandbox.load({ hash, bundle, budgetMs: 5_000, memoryBytes: 64e6 });
  return (await sandbox.call(hash, null, { decision: "d", nowMs, seed, budgetMs: 5_000 })).output;
}

test("every clock of a call tells the call's time, in UTC and US English", async () => {
  const body = `
    class Mine extends Date {}
    return [
      Date.now(), new Date().getTime(), new Mine().getTime(), new Date(0).getTime(), new Date(2001, 5, 1).toISOString(),
      Date(), typeof Date(), new Date() instanceof Date, new Mine() instanceof Mine, new Date().constructor === Date, Date.name, Date.length,
      new Intl.DateTimeFormat(undefined, { dateStyle: "short", timeStyle: "short" }).format(),
      new Intl.DateTimeFormat().formatToParts().map((p) => p.value).join(""),
      new Date().toLocaleString(), (1234.5).toLocaleString(), new Date().getTimezoneOffset(),
      Temporal.Now.instant().epochMilliseconds, String(Temporal.Now.plainDateISO()), Temporal.Now.timeZoneId(),
      String(Temporal.Now.zonedDateTimeISO("America/New_York")), typeof performance,
    ];`;
  expect(await run("all", body)).toEqual([
    NOW,
    NOW,
    NOW,
    0,
    "2001-06-01T00:00:00.000Z",
    "Fri Jun 01 2001 12:30:15 GMT+0000 (Coordinated Universal Time)",
    "string",
    true,
    true,
    true,
    "Date",
    7,
    "6/1/01, 12:30 PM",
    "6/1/2001",
    "6/1/2001, 12:30:15 PM",
    "1,234.5",
    0,
    NOW,
    "2001-06-01",
    "UTC",
    "2001-06-01T08:30:15.25-04:00[America/New_York]",
    "undefined",
  ]);
});

test("calls in flight together keep their own time and randomness across awaits", async () => {
  const bundle = `export async function handler(input, ctx) {
    const seen = [];
    for (let i = 0; i < 5; i++) { await ctx.call("model", "m", i); seen.push(Date.now(), Math.random()); }
    await new Promise((done) => setTimeout(done, 2));
    return [...seen, Date.now()];
  }`;
  await sandbox.load({ hash: "many", bundle, budgetMs: 5_000, memoryBytes: 64e6 });
  const expected = (i: number) => {
    const random = seededRandom(`s${i}`);
    return [...Array.from({ length: 5 }, () => [i, random()]).flat(), i];
  };
  const outputs = await Promise.all(
    Array.from(
      { length: 40 },
      (_, i) => sandbox.call("many", null, { decision: `d${i}`, nowMs: i, seed: `s${i}`, budgetMs: 5_000 }),
    ),
  );
  outputs.forEach(({ output }, i) => expect(output).toEqual(expected(i)));
});

test("seededRandom() gives the same numbers for ever, uniform in [0, 1)", () => {
  const random = seededRandom("flights");
  expect([random(), random(), random()]).toMatchInlineSnapshot(`
    [
      0.8272183218505234,
      0.3548088404349983,
      0.7160897827707231,
    ]
  `);
  const numbers = Array.from({ length: 100_000 }, seededRandom("mean"));
  expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...numbers)).toBeLessThan(1);
  const deciles = new Array(10).fill(0);
  for (const x of numbers) deciles[Math.floor(x * 10)]++;
  for (const n of deciles) expect(Math.abs(n - 10_000)).toBeLessThan(500);
  expect(seededRandom("a")()).not.toBe(seededRandom("b")());
});
