import { expect, test } from "vitest";
import { requirePeer, runPython } from "./python.ts";

const skipping = {
  skip: (reason: string): never => {
    throw new Error(`skipped: ${reason}`);
  },
};

async function inCi<T>(value: string, work: () => Promise<T>): Promise<T> {
  const before = Deno.env.get("CI");
  Deno.env.set("CI", value);
  try {
    return await work();
  } finally {
    if (before === undefined) Deno.env.delete("CI");
    else Deno.env.set("CI", before);
  }
}

test("requirePeer() skips with the reason, and fails with CI=true", async () => {
  const missing = () => Promise.reject(new Error("no Python"));
  await expect(inCi("", () => requirePeer(skipping, missing))).rejects.toThrow("skipped: no Python");
  await expect(inCi("true", () => requirePeer(skipping, missing))).rejects.toThrow(/^no Python$/);
  expect(await requirePeer(skipping, () => Promise.resolve(7))).toBe(7);
});

test("runPython() says what is not installed", async () => {
  await expect(runPython("/nowhere/python", "print(1)")).rejects.toThrow(
    'Cannot run "/nowhere/python" as it is not installed: ',
  );
});
