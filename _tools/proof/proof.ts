/**
 * Injects faults into the way from the bus to the lake, and writes docs/proof.md.
 *
 *     deno task proof [--seed 42] [--faults 1000]
 */
import { fileURLToPath } from "node:url";
import { proofArgs } from "./args.ts";
import { isWrong, type ProofRun, prove } from "./prove.ts";
import { openReader } from "./reader.ts";
import { proofPage, verdict } from "./report.ts";
import { embeddedWorkbenches, scaledWorkbenches } from "./workbench.ts";

const PAGE = fileURLToPath(new URL("../../docs/proof.md", import.meta.url));
const LEAST_OF_1000 = 50; // of each kind

function tell(run: ProofRun, struck: number): void {
  const { seed, name, judgement, broken, seconds, dir } = run;
  console.log(
    `run ${seed} on ${name}: ${run.struck.length} faults, ${judgement.rows} rows, ${judgement.lost.length} lost, ` +
      `${judgement.doubled.length} doubled, ${seconds.toFixed(0)} s; ${struck} faults so far`,
  );
  if (isWrong(run)) console.log(JSON.stringify({ dir, broken, judgement, struck: run.struck }, null, 1));
}

const asked = proofArgs(Deno.args);
if ("told" in asked) {
  console[asked.code === 0 ? "log" : "error"](asked.told);
  Deno.exit(asked.code);
}
const { seed, faults } = asked;
const began = performance.now();
await using reader = await openReader();
await using embedded = embeddedWorkbenches();
await using scaled = await scaledWorkbenches();
const runs = await prove({
  seed,
  faults,
  least: Math.ceil(faults * LEAST_OF_1000 / 1000),
  benches: [{ benches: embedded, share: 3 }, { benches: scaled, share: 1 }],
  reader,
  onRun: tell,
});
const page = proofPage(runs, {
  seed,
  faults,
  day: new Date().toISOString().slice(0, 10),
  versions: { Deno: Deno.version.deno, "delta-rs": reader.version, Kafka: "4.1.0", SeaweedFS: "4.48" },
  seconds: (performance.now() - began) / 1000,
});
console.log(page.slice(page.indexOf("| kind"), page.indexOf("\n\nEach run")));
console.log(verdict(runs));
if (runs.some(isWrong)) Deno.exit(1);
await Deno.writeTextFile(PAGE, page);
await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", PAGE] }).output();
Deno.exit(0);
