import { expect, test } from "vitest";
import { requirePeer } from "../peers/python.ts";
import { type Kind, KINDS } from "./fault.ts";
import { isWrong, prove, strikes } from "./prove.ts";
import { openReader } from "./reader.ts";
import { embeddedWorkbenches, scaledWorkbenches } from "./workbench.ts";

const FAULTS = 60, LEAST = 2;

test("under every kind of fault the lake has each acknowledged record once, as delta-rs reads it", async (context) => {
  await using reader = await requirePeer(context, openReader);
  await using embedded = embeddedWorkbenches();
  await using scaled = await requirePeer(context, scaledWorkbenches);
  const runs = await prove({
    seed: 7,
    faults: FAULTS,
    least: LEAST,
    benches: [{ benches: embedded, share: 1 }, { benches: scaled, share: 1 }],
    reader,
  });
  expect(runs.filter(isWrong)).toEqual([]);
  const struck = strikes(runs);
  expect(struck.length).toBeGreaterThanOrEqual(FAULTS);
  for (const kind of Object.keys(KINDS) as Kind[]) {
    expect(struck.filter((fault) => fault.kind === kind).length, kind).toBeGreaterThanOrEqual(LEAST);
  }
  for (const { judgement, truncated } of runs) {
    expect(judgement.acknowledged).toBeGreaterThan(1000);
    expect(truncated).toBeGreaterThan(0);
  }
}, 900_000);
