import { expect, test } from "vitest";
import { keepDurations, readDurations } from "./run_durations.ts";

test("keepDurations() keeps what cells took that ran to their end, and of others what was known", async () => {
  const folder = `${await Deno.makeTempDir()}/deep`;
  expect(await readDurations(folder, "a.ipynb")).toEqual({});
  await keepDurations(folder, "a.ipynb", [{ id: "a", status: "ok", ms: 1.4 }, { id: "b", status: "ok", ms: 20 }]);
  await keepDurations(folder, "a.ipynb", [
    { id: "a", status: "ok", ms: 3 },
    { id: "b", status: "skipped", ms: 0 },
    { id: "c", status: "error", ms: 9 },
  ]);
  expect(await readDurations(folder, "a.ipynb")).toEqual({ a: 3, b: 20 });
  expect(await readDurations(folder, "b.ipynb")).toEqual({});
  expect([...Deno.readDirSync(folder)]).toHaveLength(1);
});

test("readDurations() knows nothing of a record that is broken", async () => {
  const folder = await Deno.makeTempDir();
  await keepDurations(folder, "a.ipynb", [{ id: "a", status: "ok", ms: 1 }]);
  for (const broken of ["{", `{"a": "soon"}`, `{"a": -1}`, "[]"]) {
    for (const { name } of Deno.readDirSync(folder)) await Deno.writeTextFile(`${folder}/${name}`, broken);
    expect(await readDurations(folder, "a.ipynb"), broken).toEqual({});
  }
});
