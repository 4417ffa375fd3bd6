import { expect, test } from "vitest";
import { createEvent } from "../events/mod.ts";
import { appendOnce, openBus } from "./mod.ts";

test("appendOnce() makes the topic, adds an event once, and leaves a topic of more partitions as it is", async () => {
  const dir = await Deno.makeTempDir();
  await using bus = await openBus({ kind: "sqlite", dir });
  await using _ = { [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }) };
  await bus.createTopic("wide", { partitions: 3 });
  const event = (text: string) => createEvent({ type: "note.v1", source: "/notes", subject: text, data: { text } });
  const [one, other] = [event("one"), event("other")];
  for (const topic of ["notes", "wide"]) {
    for (const each of [one, one, other, one]) await appendOnce(bus, topic, each);
    expect((await bus.positions(topic))[0]).toMatchObject({ low: 0, high: 2 });
  }
  const topics = await bus.topics();
  expect(topics.map(({ topic, partitions }) => `${topic} ${partitions}`).sort()).toEqual(["notes 1", "wide 3"]);
});
