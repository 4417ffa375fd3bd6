import { expect, test } from "vitest";
import type { Output } from "../../lib/notebook/mod.ts";
import { createCollector } from "./outputs.ts";

const print = (text: string, name: "stdout" | "stderr" = "stdout"): Output => ({ output_type: "stream", name, text });
const show = (text: string): Output => ({ output_type: "display_data", data: { "text/plain": text }, metadata: {} });

test("add() joins texts of one stream that follow each other", () => {
  const collector = createCollector();
  for (const output of [print("a"), print("b"), print("c", "stderr"), print("d"), show("e"), print("f"), print("g")]) {
    collector.add(output);
  }
  expect(collector.outputs()).toEqual([print("ab"), print("c", "stderr"), print("d"), show("e"), print("fg")]);
});

test("update() replaces every display of an id and leaves what was handed out", () => {
  const collector = createCollector();
  collector.add(show("a"), "x");
  collector.add(show("b"), "y");
  collector.add(show("c"), "x");
  const before = collector.outputs();
  expect(collector.update("x", { "text/plain": "d" }, {})).toBe(true);
  expect(collector.outputs()).toEqual([show("d"), show("b"), show("d")]);
  expect(before).toEqual([show("a"), show("b"), show("c")]);
  expect(collector.update("z", {}, {})).toBe(false);
});

test("clear() drops all, now or with the next output", () => {
  const collector = createCollector();
  collector.add(print("a"));
  collector.clear(true);
  expect(collector.outputs()).toEqual([print("a")]);
  collector.add(print("b"));
  expect(collector.outputs()).toEqual([print("b")]);
  collector.clear(false);
  expect(collector.outputs()).toEqual([]);
});
