import { expect, test } from "vitest";
import { type Unproven, verifyNotebook } from "./mod.ts";
import { CODE, NOTEBOOK, openBench } from "./testdata/stamped_workbench.ts";

const proofs = async (unproven: Record<string, Unproven[]>) => {
  const bench = await openBench();
  await using _ = { [Symbol.asyncDispose]: () => Deno.remove(bench.root, { recursive: true }) };
  await bench.run(CODE, undefined, unproven);
  const verdicts = await verifyNotebook(bench.path(NOTEBOOK), { root: bench.root });
  expect(verdicts.every(({ code }) => code.verdict === "fresh")).toBe(true);
  return Object.fromEntries(verdicts.flatMap(({ cell, proof }) => proof.verdict === "proven" ? [] : [[cell, proof]]));
};

test("verifyNotebook() calls a cell proven whose run and needs read through recorded clients alone", async () => {
  expect(await proofs({})).toEqual({});
  expect(CODE.length).toBeGreaterThan(5);
});

test("verifyNotebook() names what a cell read outside them, and for who needs it the chain", async () => {
  expect(await proofs({ fit: ["clock", "file"] })).toEqual({
    fit: { verdict: "unproven", reason: "read the clock, a file", chain: ["fit"] },
    check: {
      verdict: "unproven",
      reason: `cell "fit" read the clock, a file (check → fit)`,
      chain: ["check", "fit"],
    },
  });
  expect((await proofs({ load: ["random"] })).check).toEqual({
    verdict: "unproven",
    reason: `cell "load" read randomness (check → fit → load)`,
    chain: ["check", "fit", "load"],
  });
});

test("verifyNotebook() calls a cell unproven that has no run on record", async () => {
  const bench = await openBench();
  bench.cell("fit", (cell) => delete cell.metadata.boathouse);
  const verdicts = await verifyNotebook(bench.path(NOTEBOOK), { root: bench.root });
  const found = Object.fromEntries(verdicts.map(({ cell, proof }) => [cell, proof.reason]));
  expect(found).toMatchObject({
    fit: "no run of it is recorded",
    check: `cell "fit" has no run (check → fit)`,
    alone: "",
  });
  await Deno.remove(bench.root, { recursive: true });
});

test("verifyNotebook() tells without a lake which cells have inputs", async () => {
  const bench = await openBench();
  const verdicts = await verifyNotebook(bench.path(NOTEBOOK), { root: bench.root });
  const found = Object.fromEntries(verdicts.map(({ cell, inputs }) => [cell, inputs]));
  expect(found.load).toEqual({ verdict: "recorded", reason: "", chain: [] });
  expect(found.alone).toEqual({ verdict: "none", reason: "", chain: [] });
  await Deno.remove(bench.root, { recursive: true });
});
