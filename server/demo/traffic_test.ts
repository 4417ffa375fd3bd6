import { afterEach, beforeEach, expect, test } from "vitest";
import { createToken } from "../auth/mod.ts";
import { serve, until } from "../serving/_test_node.ts";
import { fillFlights, openTestWorkbench, type TestWorkbench } from "../serving/_test_workbench.ts";
import { askAll, sendLabels } from "./traffic.ts";

let bench: TestWorkbench;
beforeEach(async () => void (bench = await openTestWorkbench()));
afterEach(async () => {
  Deno.env.delete("BOATHOUSE_TOKEN");
  await bench[Symbol.asyncDispose]();
});

const FLIGHT = { origin: "ORD", destination: "LGA", weekday: 5, hour: 18, distance: 733, delay: 9 };

test("askAll() and sendLabels() show BOATHOUSE_TOKEN to the plane", async () => {
  await fillFlights(bench);
  const { token } = await createToken(bench, { role: "service", product: null, by: "test", why: "test" });
  await using node = await serve(bench);
  const flights = [FLIGHT] as unknown as Parameters<typeof askAll>[0]["flights"];
  const ask = () => askAll({ url: node.url, flights, rate: 10, setFault: async () => {}, onProgress: () => {} });
  expect(await ask()).toMatchObject([{ decision: null }]);
  Deno.env.set("BOATHOUSE_TOKEN", token);
  const asked = await ask();
  expect(asked).toMatchObject([{ decision: expect.any(String), delay: 9, fallback: false }]);
  expect(await sendLabels(node.url, asked)).toBe(1);
  await until(async () => (await bench.events("label")).length === 1);
});
