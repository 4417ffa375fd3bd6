import { afterAll, expect, test } from "vitest";
import { openBus } from "../bus/mod.ts";
import { openStore } from "../store/mod.ts";
import { openIngest } from "./ingest.ts";
import { lagOf } from "./lag.ts";

const dirs: string[] = [];
afterAll(() => dirs.forEach((dir) => Deno.removeSync(dir, { recursive: true })));

async function parts() {
  const dir = Deno.makeTempDirSync();
  dirs.push(dir);
  const bus = await openBus({ kind: "sqlite", dir: `${dir}/bus` });
  const store = await openStore({ kind: "directory", dir });
  const publish = (count: number) =>
    bus.publish("rides", Array.from({ length: count }, (_, n) => ({ key: null, eventTimeMicros: null, value: { n } })));
  const ingest = async () => {
    await using ingest = await openIngest({
      bus,
      store,
      key: "k".repeat(32),
      schemas: () => Promise.resolve(new Map()),
    });
    await ingest.flush();
  };
  return { dir, bus, store, publish, ingest };
}

test("lagOf() counts what waits behind the committed position", async () => {
  const { bus, store, publish, ingest } = await parts();
  await using _bus = bus;
  const info = await bus.createTopic("rides");
  expect(await lagOf(bus, store, info)).toEqual([{ partition: 0, committed: 0, high: 0, waiting: 0, stopped: null }]);
  await publish(3);
  await ingest();
  await publish(2);
  expect(await lagOf(bus, store, info)).toEqual([{ partition: 0, committed: 3, high: 5, waiting: 2, stopped: null }]);
});

test("lagOf() says why a partition stands still", async () => {
  const { dir, bus, store, publish, ingest } = await parts();
  await bus.createTopic("rides");
  await publish(3);
  await ingest();
  await bus[Symbol.asyncDispose]();
  await Deno.remove(`${dir}/bus`, { recursive: true });
  await using anew = await openBus({ kind: "sqlite", dir: `${dir}/bus` });
  const [lag] = await lagOf(anew, store, await anew.createTopic("rides"));
  expect(lag!.stopped).toBe(
    'topic "rides", partition 0 was created anew, the lake has an older one up to offset 3: publish under another name',
  );
});
