import { expect, test } from "vitest";
import { experimentResults } from "./mod.ts";
import { REVISION, SPEC, type TestDecision, testExperiment } from "../../_tools/test_experiment.ts";

const METRICS = {
  squared_error: { sql: "(output.minutes - label.value)^2", unit: "minutes²", better: "lower" as const },
};
const QUESTION = { revision: { revision: REVISION, spec: SPEC }, metrics: METRICS };

/** Two units an arm, errors 1 and 3 of the control, 1 and 2 of the candidate. */
const DECISIONS: TestDecision[] = [
  { unit: "a", variant: "control", output: { minutes: 4 }, labels: [{ value: 5, after: 60 }] },
  { unit: "a", variant: "control", output: { minutes: 2 }, labels: [{ value: 5, after: 60 }], latencyMs: 3 },
  { unit: "b", variant: "control", output: { minutes: 8 }, labels: [{ value: 5, after: 60 }] },
  { unit: "c", variant: "candidate", output: { minutes: 4 }, labels: [{ value: 5, after: 60 }], status: "fallback" },
  {
    unit: "d",
    variant: "candidate",
    output: { minutes: 3 },
    labels: [{ value: 9, after: 50 }, { value: 5, after: 60 }],
  },
];

test("experimentResults() reads units, values by decision and their last labels", async () => {
  await using lab = await testExperiment(DECISIONS);
  const { arms, labels, analysis, pin } = await experimentResults(await lab.workbench.lake(), QUESTION);
  expect(arms).toEqual([
    { name: "control", weight: 0.5, units: 2, fallbacks: 0 },
    { name: "candidate", weight: 0.5, units: 2, fallbacks: 1 },
  ]);
  expect(labels).toEqual({ decisions: 5, labelled: { value: 5 }, repeated: 1, early: 0 });
  const [error, latency, failures] = analysis.metrics;
  expect(error!.arms.map(({ n, mean }) => [n, mean])).toEqual([[2, (1 + 9 + 9) / 3], [2, (1 + 4) / 2]]);
  expect(latency!.arms.map(({ mean }) => mean)).toEqual([5 / 3, 1]);
  expect(failures!.arms.map(({ mean }) => mean)).toEqual([0, 0]);
  expect([error!.isGuardrail, latency!.isGuardrail, analysis.sampleRatio.verdict]).toEqual([false, true, "too few"]);
  expect(Object.keys(pin.tables)).toEqual(["exposure", "inference", "label"]);
});

test("experimentResults() leaves out units of several arms, other revisions, early labels and other times", async () => {
  await using lab = await testExperiment([
    ...DECISIONS,
    { unit: "e", variant: "control", output: { minutes: 100 }, labels: [{ value: 0, after: 1 }] },
    { unit: "e", variant: "candidate", output: { minutes: 100 }, labels: [{ value: 0, after: 1 }] },
    { unit: "f", variant: "control", output: { minutes: 100 }, labels: [{ value: 0, after: 1 }], revision: "x" },
    { unit: "b", variant: "control", output: { minutes: 100 }, labels: [{ value: 0, after: -1 }] },
    { unit: "b", variant: "control", output: { minutes: 7 }, labels: [{ value: 0, after: 9, name: "other" }] },
    { unit: "g", variant: "control", output: { minutes: 100 }, labels: [{ value: 0, after: 1 }] },
  ]);
  const to = new Date(Date.UTC(2026, 0, 1, 0, 0, 10));
  const { arms, labels, analysis } = await experimentResults(await lab.workbench.lake(), { ...QUESTION, to });
  expect(arms.map(({ units }) => units)).toEqual([2, 2]);
  expect(analysis.multiple).toEqual({ units: 1, share: 0.2 });
  expect(labels).toEqual({ decisions: 7, labelled: { value: 5, other: 1 }, repeated: 1, early: 1 });
  expect(analysis.metrics[0]!.arms[0]!.mean).toBe((1 + 9 + 9) / 3);
});

test("experimentResults() says why there is no figure without labels", async () => {
  await using lab = await testExperiment(DECISIONS.map(({ labels: _, ...rest }) => rest));
  const { analysis, labels } = await experimentResults(await lab.workbench.lake(), {
    ...QUESTION,
    metrics: { squared_error: { ...METRICS.squared_error, sql: "output.minutes - label.value" } },
  });
  expect(labels.labelled).toEqual({});
  expect(analysis.metrics[0]!.arms.map(({ n, mean }) => [n, mean])).toEqual([[0, null], [0, null]]);
  expect(analysis.metrics[0]!.arms[1]!.against!.absolute).toEqual({
    reason: 'arm "control" has no units with a value',
  });
});

test("experimentResults() refuses metrics that are more than an expression", async () => {
  await using lab = await testExperiment(DECISIONS);
  const lake = await lab.workbench.lake();
  const results = (sql: string) =>
    experimentResults(lake, { ...QUESTION, metrics: { squared_error: { ...METRICS.squared_error, sql } } });
  for (
    const [sql, found] of [
      ["(SELECT max(content) FROM read_text('/etc/passwd'))", "got a subquery"],
      ["(SELECT count(*) FROM label)", "got a subquery"],
      ["1) FROM read_text('/etc/passwd'", "got a query"],
      ["1) FROM label WHERE (true", "got a query"],
      ["1), (2", "got a query"],
      ["1) UNION SELECT (2", "got a query"],
      ["1) WHERE (true", "got a query"],
      ["1); SELECT (2", "got a query"],
      ["row_number() OVER ()", "got a window"],
      ["latencyMs", 'got "latencyMs"'],
      ["getenv(current_user)", 'got "current_user"'],
    ] as const
  ) {
    await expect(results(sql), sql).rejects.toThrow(RangeError);
    await expect(results(sql), sql).rejects.toThrow(
      `Cannot use metric "squared_error" as its SQL must be one expression over output, label, input: ${found}`,
    );
  }
  await expect(results("output.minutes +")).rejects.toThrow(SyntaxError);
  await expect(results("output.nothing")).rejects.toThrow(/nothing/);
  await expect(results("sum(output.minutes)")).rejects.toThrow(/GROUP BY/);
});

test("experimentResults() refuses an endpoint without experiment, exposures or a known metric", async () => {
  await using lab = await testExperiment(DECISIONS);
  const lake = await lab.workbench.lake();
  const { experiment: _, ...bare } = SPEC;
  const ask = (change: Partial<typeof QUESTION>) => experimentResults(lake, { ...QUESTION, ...change });
  await expect(ask({ revision: { revision: REVISION, spec: bare } })).rejects.toThrow("its revision must have one");
  await expect(ask({ revision: { revision: "0".repeat(64), spec: SPEC } })).rejects.toThrow(
    "revision 000000000000 must have an exposure: it has none",
  );
  await expect(ask({ metrics: {} as typeof METRICS })).rejects.toThrow(
    'metric "squared_error" must be in product.yaml',
  );
});
