import { expect, test } from "vitest";
import { runJava } from "./maven.ts";
import { requirePeer } from "./python.ts";

test("runJava() gives what a program printed, and fails with the end of what it said", async (context) => {
  await requirePeer(context, () => runJava(["-version"]));
  expect(await runJava(["--version"])).toMatch(/^\S+ \d+/);
  await expect(runJava(["-cp", ".", "NoSuchProgram"])).rejects.toThrow(
    /^Cannot run "java" as it failed with code 1: [^]*NoSuchProgram/,
  );
});
