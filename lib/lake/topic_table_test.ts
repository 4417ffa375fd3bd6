import { expect, test } from "vitest";
import type { Tail } from "./inputs.ts";
import { checkTopicTable, openLake } from "./mod.ts";
import { lakeOf } from "./testdata/lake.ts";

const tail: Tail = {
  ends: (topic) => Promise.resolve(topic === "rides" ? { incarnation: "i", ends: { 0: 2 } } : null),
  load: () => Promise.reject(new Error("not read here")),
};

test("checkTopicTable() refuses a topic by the name of a written table", async () => {
  const { lake, store } = await lakeOf();
  await using _ = lake;
  const error = await checkTopicTable(store, "routes").then(() => null, (cause) => cause);
  expect(error).toBeInstanceOf(RangeError);
  expect(error.message).toBe(
    'Cannot have topic "routes" as the lake has a table of that name that was written: choose another name for either',
  );
  await checkTopicTable(store, "rides");
});

test("lake.write refuses names of topics, on the bus or standard, and those that the lake keeps", async () => {
  const { store, lake: other } = await lakeOf();
  await using _ = other;
  await using lake = await openLake({ store, tail });
  for (const name of ["rides", "control", "inference"]) {
    await expect(lake.write(name, [{ a: 1 }], { mode: "append" })).rejects.toThrow(
      `Cannot write table "${name}" as it is the name of a topic, whose records it is to hold: choose another name`,
    );
  }
  await expect(lake.write("boathouse_pins", [{ a: 1 }], { mode: "append" })).rejects.toThrow(
    'Cannot write table "boathouse_pins" as the lake keeps names that begin with "boathouse_"',
  );
  expect(await lake.write("routes", [{ route: "ORD-LGA" }], { mode: "append" })).toEqual({ version: 1 });
});
