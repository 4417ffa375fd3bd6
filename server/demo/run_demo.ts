import { join, relative } from "node:path";
import { lakePaths, listProducts, type Product } from "../../lib/config/mod.ts";
import { nowMicros } from "../../lib/events/mod.ts";
import type { Pin } from "../../lib/lake/mod.ts";
import { openWorkbench, registerProduct, type Workbench } from "../../lib/workbench/mod.ts";
import { evaluateAll, findVersions } from "../commands/evaluate.ts";
import { activateNewest, applyFile } from "../commands/endpoint.ts";
import { promoteCell } from "../commands/function.ts";
import type { RunNotebook } from "../commands/notebook_run.ts";
import { runProductNotebook } from "../commands/product_run.ts";
import { openProgress } from "../commands/progress.ts";
import { publishFlights, TOPIC } from "./publish_flights.ts";
import { type ServingProcess, startServingProcess } from "./serving_process.ts";
import { readQuality, readTraffic, type Summary } from "./summary.ts";
import { askAll, type Asked, liveFlights, sendLabels } from "./traffic.ts";

/** What the demo is run with. */
export interface DemoOptions {
  /** One flight in `every`. */
  every: number;
  /** Requests to the endpoint, at most. */
  requests: number;
  /** Requests per second. */
  rate: number;
  /** Runs a notebook; handed in, because it lives with the kernel. */
  runNotebook: RunNotebook;
  /** Says what is being done. */
  note: (line: string) => void;
}

const PRODUCT = "flights";
const BY = "demo";
const NOTEBOOKS = ["1_explore.ipynb", "2_train.ipynb"];
const FUNCTIONS = ["predictDelay", "averageDelay"];
const MODEL = "flight-delay";

/**
 * The whole loop: flights through bus, lake, notebooks, models, functions and endpoint, and their quality back.
 *
 * @param root folder of the workbench
 * @param options sample, traffic, runner
 * @returns the summary and the serving plane, still up
 */
export async function runDemo(
  root: string,
  options: DemoOptions,
): Promise<{ summary: Summary; serving: ServingProcess }> {
  const started = performance.now();
  const steps: Record<string, number> = {};
  const step = async <T>(name: string, act: () => Promise<T>): Promise<T> => {
    options.note(`${name} …`);
    const begun = performance.now();
    const result = await act();
    steps[name] = secondsSince(begun);
    return result;
  };
  const product = findProduct(root);
  await using workbench = openWorkbench(root);
  await registerProduct(workbench, product, { by: BY, why: "the demo's data" });
  const flights = await step("publish flights", () => publish(workbench, options));
  const { lakeRows, pin } = await step("bus to lake", () => ingest(workbench));
  const run = await runFolder(workbench);
  const notebooks = await step("run notebooks", () => runAll(workbench, product, run, pin, options));
  const evaluations = await step("evaluate and name the champion", () => evaluate(workbench, options));
  const functions = await step("promote functions", () => promoteAll(workbench, product));
  await step("apply and activate the endpoint", () => activate(workbench, product));
  const serving = await step("start serving", () => startServingProcess(root));
  try {
    const sinceMicros = nowMicros();
    const begun = performance.now();
    const asked = await step("ask the endpoint", () => ask(serving, options));
    const rate = asked.length / secondsSince(begun);
    await step("labels and events to lake", () => label(workbench, serving, asked));
    const { quality, fallbackAnswers } = await step("quality from the lake", () => measure(root, sinceMicros, asked));
    const summary: Summary = {
      busRows: flights.total,
      lakeRows,
      notebooks: notebooks.map(({ report: _, inputs: __, ...notebook }) => notebook),
      functions,
      requests: asked.length,
      ...readTraffic(asked),
      rate,
      quality,
      fallbackAnswers,
      fallbackShare: fallbackAnswers / Math.max(1, asked.length),
      reports: [...notebooks.map(({ report }) => report), ...evaluations].map((report) => relative(root, report)),
      steps,
      seconds: secondsSince(started),
    };
    return { summary, serving };
  } catch (error) {
    await serving[Symbol.asyncDispose]();
    throw error;
  }
}

function secondsSince(begun: number): number {
  return Math.round(performance.now() - begun) / 1000;
}

function findProduct(root: string): Product {
  const product = listProducts(root).find(({ name }) => name === PRODUCT);
  if (product) return product;
  throw new Error(
    `Cannot run the demo as notebooks/${PRODUCT}/product.yaml is missing: run it in a clone of Boathouse`,
  );
}

async function publish(workbench: Workbench, { every }: DemoOptions) {
  using progress = openProgress("publish flights", Math.round(2_497_772 / every));
  return await publishFlights(await workbench.bus(), every, (flights) => progress.update(flights));
}

async function ingest(workbench: Workbench): Promise<{ lakeRows: number; pin: Pin }> {
  const ingest = await workbench.ingest();
  await ingest.flush([TOPIC]);
  const { bus, lake } = await ingest.completeness(TOPIC);
  if (bus !== lake) {
    throw new Error(`Cannot go on as the lake holds ${lake} of ${bus} flights: run "boathouse lake ingest"`);
  }
  return { lakeRows: lake, pin: await (await workbench.lake()).pin([TOPIC]) };
}

// Time-ordered and unique, so that runs never share a folder.
async function runFolder(workbench: Workbench): Promise<string> {
  const stamp = new Date().toISOString().replace(/[-:]/g, "").slice(0, 15);
  const folder = join(lakePaths(workbench.settings).runs, `demo-${stamp}-${crypto.randomUUID().slice(0, 8)}`);
  await Deno.mkdir(folder, { recursive: true });
  return folder;
}

async function runAll(workbench: Workbench, product: Product, folder: string, pin: Pin, options: DemoOptions) {
  const done = [];
  for (const name of NOTEBOOKS) {
    const file = join(product.folder, name);
    done.push(
      await runProductNotebook({ root: workbench.settings.root, file, folder, pin, runNotebook: options.runNotebook }),
    );
  }
  return done;
}

/** The first version becomes champion, so that the second is judged beside it. */
async function evaluate(workbench: Workbench, { runNotebook, note }: DemoOptions): Promise<string[]> {
  const parts = { workbench, runNotebook, note };
  const isFirst = ({ one, version }: { one: { spec: { model: string } }; version: string }) =>
    one.spec.model === MODEL && version === "1";
  const { first = [], rest = [] } = Object.groupBy(
    await findVersions(workbench, PRODUCT),
    (wanted) => isFirst(wanted) ? "first" : "rest",
  );
  const [champion] = await evaluateAll(parts, first);
  if (champion?.verdict !== "pass") {
    const why = champion?.failed.join(", ") ?? "it is not there";
    throw new Error(`Cannot name ${MODEL}@1 champion as its verdict must be "pass": ${why}`);
  }
  await (await workbench.models()).setAlias(MODEL, "champion", "1");
  const others = await evaluateAll(parts, rest);
  return [champion, ...others].flatMap(({ report }) => report ?? []);
}

async function promoteAll(workbench: Workbench, product: Product) {
  const done = [];
  for (const name of FUNCTIONS) {
    const { hash } = await promoteCell(workbench, join(product.folder, "2_train.ipynb"), name, {
      allowDirty: true,
      by: BY,
      why: "the demo's endpoint calls it",
    });
    done.push({ name, hash });
  }
  return done;
}

async function activate(workbench: Workbench, product: Product): Promise<void> {
  await applyFile(workbench, join(product.folder, "flight-delay.endpoint.yaml"), {
    by: BY,
    why: "the demo's endpoint",
  });
  await activateNewest(workbench, "flight-delay", { by: BY, why: "the demo asks it" });
}

async function ask(serving: ServingProcess, { every, requests, rate }: DemoOptions): Promise<Asked[]> {
  const flights = await liveFlights(every, requests);
  using progress = openProgress("ask the endpoint", flights.length);
  return await askAll({
    url: serving.url,
    flights,
    rate,
    setFault: (on) => serving.setFaults({ models: on ? { [MODEL]: 1 } : {} }),
    onProgress: (sent) => progress.update(sent),
  });
}

async function label(workbench: Workbench, serving: ServingProcess, asked: Asked[]): Promise<void> {
  await sendLabels(serving.url, asked);
  await (await workbench.ingest()).flush();
}

// A lake of its own, because a lake is pinned at its first use.
async function measure(root: string, sinceMicros: number, asked: Asked[]) {
  await using workbench = openWorkbench(root);
  const result = await readQuality(await workbench.lake(), sinceMicros);
  const answered = asked.filter(({ decision }) => decision !== null).length;
  if (result.decisions < answered) {
    throw new Error(`Cannot sum up as the lake holds ${result.decisions} labelled decisions of ${answered} answers`);
  }
  return result;
}
