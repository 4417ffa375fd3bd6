import { expect, test } from "vitest";
import { cellLabel } from "./cell_label.ts";

test.each([
  ["//| label: delay by hour\nconst a = 1", "delay by hour"],
  ["//| cache\n\n// All flights of May\nconst a = 1", "All flights of May"],
  ["/* Load */\nload()", "Load"],
  ["  const a = 1;\nconst b = 2;", "const a = 1;"],
  ["//| label\nconst a = 1", "const a = 1;".slice(0, -1)],
  ["", ""],
  [`const rows = await lake.sql\`SELECT origin FROM flights\``, "const rows = await lake.sql`SELECT orig…"],
  ["//| label: \u001b[31mred\u0007", "[31mred"],
  ["😀".repeat(41), `${"😀".repeat(39)}…`],
])("cellLabel() calls %j %j", (source, label) => {
  expect(cellLabel(source)).toBe(label);
});
