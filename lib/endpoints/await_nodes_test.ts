import { afterEach, beforeEach, expect, test } from "vitest";
import { type Bus, openBus } from "../bus/mod.ts";
import { createEvent, messageOf } from "../events/mod.ts";
import { awaitNodes } from "./await_nodes.ts";

let bus: Bus;
beforeEach(async () => void (bus = await openBus({ kind: "sqlite", dir: Deno.makeTempDirSync() })));
afterEach(() => bus[Symbol.asyncDispose]());

async function health(node: string, controlOffset: number, role = "serving"): Promise<void> {
  await bus.createTopic("health");
  const event = createEvent({ type: "boathouse.health.v1", source: "/t", data: { node, role, controlOffset } });
  await bus.publish("health", [messageOf(event)]);
}

const millis = async <T>(work: Promise<T>): Promise<[T, number]> => {
  const start = performance.now();
  return [await work, performance.now() - start];
};

test("awaitNodes() waits for nobody where no node was heard", async () => {
  expect(await awaitNodes(bus, 3)).toEqual({ confirmed: [], missing: [] });
  await bus.createTopic("health");
  const [found, ms] = await millis(awaitNodes(bus, 3));
  expect(found).toEqual({ confirmed: [], missing: [] });
  expect(ms).toBeLessThan(500);
});

test("awaitNodes() resolves as soon as all have folded past the offset", async () => {
  await health("a", 3);
  await health("b", 4);
  await health("ingest", 0, "ingest");
  const waiting = millis(awaitNodes(bus, 3));
  setTimeout(() => void health("a", 4), 100);
  const [found, ms] = await waiting;
  expect(found).toEqual({ confirmed: ["a", "b"], missing: [] });
  expect(ms).toBeGreaterThan(90);
  expect(ms).toBeLessThan(900);
});

test("awaitNodes() names those that have not, after a second", async () => {
  await health("slow", 3);
  await health("quick", 9);
  const [found, ms] = await millis(awaitNodes(bus, 3, { waitMs: 200 }));
  expect(found).toEqual({ confirmed: ["quick"], missing: ["slow"] });
  expect(ms).toBeGreaterThan(190);
});

test("awaitNodes() forgets nodes that fell silent", async () => {
  await health("gone", 3);
  await new Promise((resolve) => setTimeout(resolve, 60));
  await health("here", 4);
  expect(await awaitNodes(bus, 3, { heardMs: 40 })).toEqual({ confirmed: ["here"], missing: [] });
});
