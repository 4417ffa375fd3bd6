import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { useJupyter } from "../../_tools/peers/use_jupyter.ts";

const PROGRAM = join(fileURLToPath(new URL("./testdata", import.meta.url)), "conformance.py");
const LIMIT_MS = 300_000;

const jupyter = useJupyter();

test("the kernel passes jupyter_kernel_test, and what jupyter_client can ask beyond it", async ({ signal }) => {
  const told = JSON.parse(await jupyter().tool("python", [PROGRAM], signal));
  expect(told.failed).toEqual([]);
  // A pager is a payload, which Jupyter's protocol has deprecated: inspect answers what it was for.
  expect(told.skipped).toEqual([["__main__.Suite.test_pager", "No code page something"]]);
  expect(told.passed.filter((name: string) => name.startsWith("__main__.Suite."))).toHaveLength(11);
  expect(told.passed).toHaveLength(24);
}, LIMIT_MS);
