import { expect, test } from "vitest";
import { tellRecordedUse } from "./recorded_use.ts";

const RECORDER = Symbol.for("Boathouse.recorder");

test("tellRecordedUse() reaches the recorder of the process, and does nothing without one", () => {
  const scope = globalThis as Record<symbol, unknown>;
  tellRecordedUse("/a/");
  const told: string[] = [];
  scope[RECORDER] = { know: (resource: string) => told.push(resource) };
  try {
    tellRecordedUse("/a/");
    tellRecordedUse("127.0.0.1:9092");
    scope[RECORDER] = {};
    tellRecordedUse("/b/");
  } finally {
    delete scope[RECORDER];
  }
  expect(told).toEqual(["/a/", "127.0.0.1:9092"]);
});
