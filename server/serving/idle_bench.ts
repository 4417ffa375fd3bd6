/** Resident memory of a node and its sandboxes with 50 functions that were called once and idle. */
import { printMeasure, startBenchNode } from "./_bench_child.ts";
import { openTestWorkbench } from "./_test_workbench.ts";

const FUNCTIONS = 50;

const workbench = await openTestWorkbench();
for (let i = 0; i < FUNCTIONS; i++) {
  await workbench.promote(`f${i}`, { body: `return { minutes: ${i} };` });
  const steps = `[{ call: f${i} }]`;
  await workbench.apply(
    `{ endpoint: e${i}, contract: 1, budgetMs: 20000, variants: [{ name: a, weight: 1, plan: { fallback: ${steps} } }] }`,
  );
  await workbench.activate(`e${i}`);
}
const node = await startBenchNode(workbench.root);
const whole = { withChildren: true };
for (let i = 0; i < FUNCTIONS; i++) {
  const response = await fetch(`${node.url}/v1/endpoints/e${i}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ route: "R1", hour: 4 }),
  });
  const { output } = await response.json();
  if (output?.minutes !== i) throw new Error(`Cannot measure as endpoint e${i} answered ${JSON.stringify(output)}`);
}
printMeasure(`serving: ${FUNCTIONS} idle functions, node and sandboxes`, await node.residentMib(whole), "MiB");
printMeasure(`serving: ${FUNCTIONS} idle functions, node alone`, await node.residentMib(), "MiB");
await node.stop();
await workbench[Symbol.asyncDispose]();
