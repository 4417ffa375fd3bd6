import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { explain } from "./explain.ts";

const dir = Deno.makeTempDirSync();
afterAll(() => Deno.remove(dir, { recursive: true }));

const thrown = (action: () => unknown) => {
  try {
    return action();
  } catch (error) {
    return error;
  }
};

test("explain() puts errors of the system into one line with the way out", () => {
  Deno.writeTextFileSync(join(dir, "file"), "");
  const none = join(dir, "none"), below = join(dir, "file/below");
  expect(explain(thrown(() => Deno.readTextFileSync(none)))).toBe(
    `Cannot read "${none}" as it is not there; check the path`,
  );
  expect(explain(thrown(() => Deno.statSync(none)))).toBe(`Cannot read "${none}" as it is not there; check the path`);
  expect(explain(thrown(() => Deno.writeTextFileSync(join(none, "x"), "")))).toBe(
    `Cannot write "${join(none, "x")}" as its folder is not there; check the path`,
  );
  expect(explain(thrown(() => Deno.openSync(none)))).toBe(`Cannot open "${none}" as it is not there; check the path`);
  expect(explain(thrown(() => Deno.readTextFileSync(dir)))).toBe(`Cannot read "${dir}" as it is a folder; name a file`);
  expect(explain(thrown(() => Deno.mkdirSync(below)))).toBe(
    `Cannot make folder "${below}" as a part of its path is a file; choose another folder in boathouse.yaml`,
  );
});

test("explain() joins lines, drops a final period and leaves what already says what it cannot do", () => {
  expect(explain(new Error("Cannot do it as ENOSPC was met"))).toBe("Cannot do it as ENOSPC was met");
  expect(explain(new Error("one\n  two.\n"))).toBe("one two");
  expect(explain("text")).toBe("text");
  expect(explain(new Error(""))).toBe("it failed without a message: run it again with --trace");
  expect(explain(new Error("database or disk is full"))).toBe(
    "database or disk is full; the disk is full: free some space and run it again",
  );
});
