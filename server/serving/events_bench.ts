/** Events per second through /v1/events in batches, durable when answered, beside a bare echo of the same bodies. */
import { createEvent } from "../../lib/events/mod.ts";
import { printMeasure, startBenchNode } from "./_bench_child.ts";
import { openTestWorkbench } from "./_test_workbench.ts";

const BATCH = 500, ROUNDS = 5, SECONDS = 3;
const SCHEMA = {
  type: "object",
  properties: { route: { type: "string" }, delay: { type: "number" } },
  required: ["route", "delay"],
};

const BODY = JSON.stringify(Array.from({ length: BATCH }, (_, i) =>
  createEvent({
    type: "rides.ride.v1",
    source: "/bench",
    subject: `R${i % 97}`,
    data: { route: `R${i % 97}`, delay: i / 7, distance: i },
  })));

/** A closed loop over some connections: events per second. */
async function publish(url: string, connections: number): Promise<number> {
  const begun = performance.now(), until = begun + SECONDS * 1000;
  let sent = 0;
  const loop = async () => {
    while (performance.now() < until) {
      const headers = { "content-type": "application/cloudevents-batch+json" };
      const response = await fetch(`${url}/v1/events`, { method: "POST", headers, body: BODY });
      if (!response.ok) throw new Error(`Cannot measure ${url}: ${await response.text()}`);
      await response.body?.cancel();
      sent += BATCH;
    }
  };
  await Promise.all(Array.from({ length: connections }, loop));
  return sent * 1000 / (performance.now() - begun);
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;

const workbench = await openTestWorkbench();
await workbench.topic("rides", "rides.ride.v1", SCHEMA);
const node = await startBenchNode(workbench.root), echo = await startBenchNode();
await publish(node.url, 2);
for (const connections of [1, 4]) {
  const pairs = [];
  for (let i = 0; i < ROUNDS; i++) {
    pairs.push({ ours: await publish(node.url, connections), theirs: await publish(echo.url, connections) });
  }
  const rate = median(pairs.map(({ ours }) => ours));
  const ratio = median(pairs.map(({ ours, theirs }) => ours / theirs));
  const name = `/v1/events: batches of ${BATCH}, ${connections} connections`;
  printMeasure(name, rate, "events/s", ratio, "bare Deno.serve echo");
}
await node.stop();
await echo.stop();
await workbench[Symbol.asyncDispose]();
