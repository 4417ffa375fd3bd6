import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { useJupyter } from "../../_tools/peers/use_jupyter.ts";

const PROGRAM = join(fileURLToPath(new URL("./testdata", import.meta.url)), "capture.py");
const RUNS = 20;
const LIMIT_MS = 900_000;

const jupyter = useJupyter();

test(`nbclient keeps all results and all lines of a log, ${RUNS} times in a row`, async ({ signal }) => {
  const printed = await jupyter().tool("python", [PROGRAM, "boathouse", `${RUNS}`], signal);
  const runs = printed.trimEnd().split("\n").map((line) => JSON.parse(line));
  expect(runs).toHaveLength(RUNS);
  for (const run of runs) expect(run).toMatchObject({ results: 300, lines: 20_000 });
}, LIMIT_MS);
