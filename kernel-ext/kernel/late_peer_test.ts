import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { useJupyter } from "../../_tools/peers/use_jupyter.ts";

const PROGRAM = join(fileURLToPath(new URL("./testdata", import.meta.url)), "late.py");

const jupyter = useJupyter();

test("nbclient drops a line that comes after the end of its cell, and gives it to no other", async ({ signal }) => {
  const printed = await jupyter().tool("python", [PROGRAM, "boathouse"], signal);
  expect(JSON.parse(printed)).toEqual([[], ["own\n"]]);
}, 120_000);
