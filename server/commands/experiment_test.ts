import { expect, test } from "vitest";
import { putObject } from "../../lib/store/mod.ts";
import { canonicalJson, sha256 } from "../../lib/events/mod.ts";
import { SPEC, type TestDecision, testExperiment } from "../../_tools/test_experiment.ts";
import { experimentResults } from "./experiment.ts";
import { callVerb } from "./_test_call.ts";

const BYTES = new TextEncoder().encode(canonicalJson(SPEC));
const REVISION = sha256(canonicalJson(SPEC));

async function testLab() {
  const decisions = Array.from({ length: 80 }, (_, i): TestDecision => {
    const variant = i % 2 === 0 ? "control" : "candidate";
    const labels = [{ value: 10, after: 60 }];
    return {
      unit: `u${i}`,
      variant,
      output: { minutes: (variant === "control" ? 5 : 9) + i % 3 },
      labels,
      revision: REVISION,
    };
  });
  const lab = await testExperiment(decisions);
  await Deno.mkdir(`${lab.dir}/notebooks/flights`, { recursive: true });
  await Deno.writeTextFile(
    `${lab.dir}/notebooks/flights/product.yaml`,
    "{ product: flights, owner: o, businessCase: b, tasks: [t], repositories: [.], metrics: { squared_error: " +
      '{ sql: "(output.minutes - label.value)^2", unit: minutes², better: lower } } }',
  );
  const control = await lab.workbench.control();
  await putObject(await lab.workbench.store(), BYTES);
  const event = { target: "delay", revision: REVISION, rule: 1, spec: REVISION, by: "test", why: "test" } as const;
  await control.append({ ...event, op: "apply", expected: null });
  return { ...lab, [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose]() };
}

test("experiment results tells arms, differences, sample ratio and guardrails", async () => {
  await using lab = await testLab();
  const refused = callVerb(experimentResults, lab.dir, ["delay"]);
  await expect(refused).rejects.toThrow("it is not active: boathouse endpoint activate delay, or name a --revision");
  const { text, json, exitCode } = await callVerb(experimentResults, lab.dir, ["delay"], {
    revision: REVISION.slice(0, 8),
  });
  expect(exitCode).toBe(0);
  for (
    const part of [
      /delay, revision [\da-f]{12}: h/,
      /candidate +40 +50 % +50 % +0/,
      "sample ratio: as the weights say (p 1.0000)",
      'decisions: 80, 80 with label "value"; 0 labelled again, 0 labelled before they were made',
      "squared_error (primary)",
      /candidate +40 +\d[\d.]* +-1\d\.\d+ +\[.*\] +-\d+\.\d %.* better/,
      "latency_ms (guardrail)",
      "none: no unit differs from another, so there is no variance",
    ]
  ) expect(text).toMatch(part);
  const { analysis } = json as unknown as { analysis: { metrics: { arms: { against: { verdict: string } }[] }[] } };
  expect(analysis.metrics[0]!.arms[1]!.against.verdict).toBe("better");
  const later = callVerb(experimentResults, lab.dir, ["delay"], { revision: REVISION, from: "2026-02-01" });
  await expect(later).rejects.toThrow("must have an exposure: it has none");
});

test("experiment results refuses an endpoint or revision that is none", async () => {
  await using lab = await testLab();
  await expect(callVerb(experimentResults, lab.dir, ["other"])).rejects.toThrow("no file of that name was applied");
  await expect(callVerb(experimentResults, lab.dir, ["delay"], { revision: "zz" })).rejects.toThrow(
    'one revision must begin with "zz": got 0 of 1',
  );
});
