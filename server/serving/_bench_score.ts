import type { TestWorkbench } from "./_test_workbench.ts";

/** A request of the benches. */
export const BODY = JSON.stringify({ x: [0.12, -1.5, 0.33, 2.01, -0.7, 0.05, 1.25, -0.42, 0.9, -1.1] });

const ENDPOINT = `endpoint: score
contract: 1
budgetMs: 1000
variants: [{ name: a, weight: 1, plan: { fallback: [{ call: score, models: { score: score@1 }, budgetMs: 1000 }] } }]
`;
const INPUT = {
  type: "object",
  properties: { x: { type: "array", items: { type: "number" }, minItems: 10, maxItems: 10 } },
  required: ["x"],
  additionalProperties: false,
};
const OUTPUT = { type: "object", properties: { score: { type: "number" } }, required: ["score"] };

/**
 * Fills a workbench with the endpoint of the benches: scikit-learn's LogisticRegression of ten numbers, as skl2onnx writes
 * it, fitted on 2,000 rows of numpy's generator of seed 7.
 *
 * @param workbench an empty workbench
 */
export async function fillScore(workbench: TestWorkbench): Promise<void> {
  const onnx = await Deno.readFile(new URL("./testdata/logistic.onnx", import.meta.url));
  const example = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [String(i), i / 10]));
  await workbench.models.log("score", { onnx, example });
  await workbench.promote("score", {
    body:
      `const [{ probabilities }] = await ctx.call("model", "score", [input.x]); return { score: probabilities[1] };`,
    models: { score: "score@1" },
    examples: [JSON.parse(BODY)],
    input: INPUT,
    output: OUTPUT,
  });
  await workbench.apply(ENDPOINT);
  await workbench.activate("score");
}
