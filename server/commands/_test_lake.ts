import { openWorkbench } from "../../lib/workbench/mod.ts";

/** Makes an empty workbench for a test, in a folder of its own. */
export async function testFolder(): Promise<AsyncDisposable & { dir: string }> {
  const dir = await Deno.makeTempDir({ prefix: "boathouse-commands-" });
  await Deno.writeTextFile(`${dir}/boathouse.yaml`, "");
  return { dir, [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }) };
}

/** Publishes values as plain records. */
export async function publish(dir: string, topic: string, values: readonly unknown[]): Promise<void> {
  await using parts = openWorkbench(dir);
  const bus = await parts.bus();
  await bus.createTopic(topic);
  await bus.publish(topic, values.map((value) => ({ key: null, eventTimeMicros: null, value: value as string })));
}
