import { expect, test } from "vitest";
import { cellName } from "./mod.ts";

test.each([
  ["//| label: delay\nlet a = 1;", "delay"],
  [`//| label: "by hour"`, "by hour"],
  ["//| export\n// All flights\nlet a = 1;", "a1"],
  ["//| label\nlet a = 1;", "a1"],
  ["//| label: \u202e\u0007", "a1"],
  ["//| label: a\u202eb\u001b[31mc", "a b [31mc"],
  [`//| label: ${"😀".repeat(100)}`, `${"😀".repeat(79)}…`],
])("cellName() of %j is %j", (source, name) => {
  expect(cellName({ id: "a1", source })).toBe(name);
});
