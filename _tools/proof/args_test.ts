import { expect, test } from "vitest";
import { proofArgs } from "./args.ts";

const USAGE = "Usage: deno task proof [--seed 42] [--faults 1000]";

test("proofArgs() reads what is asked for, and tells the usage in one line", () => {
  expect(proofArgs([])).toEqual({ seed: 42, faults: 1000 });
  expect(proofArgs(["--faults", "7", "--seed=3"])).toEqual({ seed: 3, faults: 7 });
  for (const help of ["--help", "-h"]) expect(proofArgs([help])).toEqual({ told: USAGE, code: 0 });
});

test.each([
  ["--nope", `Cannot prove as options must be known: Unknown option '--nope'; ${USAGE}`],
  ["more", `Cannot prove as options must be known: Unexpected argument 'more'`],
  ["--seed=0.5", 'Cannot prove as --seed must be a whole number above 0: got "0.5"'],
  ["--seed", `Cannot prove as options must be known: Option '--seed <value>' argument missing; ${USAGE}`],
])("proofArgs() refuses %s in one line", (arg, told) => {
  const refused = proofArgs([arg]);
  expect(refused).toEqual({ told: expect.stringContaining(told), code: 2 });
  expect("told" in refused && refused.told).not.toContain("\n");
});
