import { dirname, join, relative, resolve } from "node:path";
import { z } from "zod";
import { readDuration } from "./env/mod.ts";
import { pathExists } from "./path_exists.ts";
import { readYaml } from "./yaml.ts";

const topicSchema = z.strictObject({
  type: z.string().regex(/^[a-z0-9]+(\.[a-z0-9_-]+)+$/, "must look like name.thing.v1"),
  schema: z.string(),
  key: z.string().regex(/^(\/[^/]+)+$/, "must be a JSON pointer such as /route"),
  partitions: z.int().min(1).max(1024).default(1),
});

const metricSchema = z.strictObject({
  sql: z.string().min(1),
  unit: z.string(),
  better: z.enum(["lower", "higher"]),
  perUnit: z.record(z.string(), z.number()).optional(),
});

const thresholdSchema = z.strictObject({ atMost: z.number().optional(), atLeast: z.number().optional() })
  .refine((t) => t.atMost !== undefined || t.atLeast !== undefined, "needs atMost or atLeast");

const evaluationSchema = z.strictObject({
  notebook: z.string(),
  model: z.string(),
  thresholds: z.record(z.string(), thresholdSchema),
});

const MAX_AGE_MS = 36_525 * 86_400_000; // a hundred years
const age = z.string("must be an age such as 7d or 12h").transform((text, context) => {
  const ms = /[a-z]$/.test(text) ? readDuration(text, { maxMs: MAX_AGE_MS }) : null;
  if (ms === null) context.addIssue({ code: "custom", message: `must be an age such as 7d or 12h: got "${text}"` });
  return ms ?? 0;
});
const freshnessSchema = z.strictObject({ warn: age.prefault("7d"), fail: age.prefault("30d") }).prefault({})
  .transform(({ warn, fail }, context) => {
    if (warn > fail) context.addIssue({ code: "custom", path: ["warn"], message: "must be at most fail" });
    return { warnMs: warn, failMs: fail };
  });
const text = z.string().trim().min(1, "must not be empty");

const schema = z.strictObject({
  product: z.string().regex(/^[a-z][a-z0-9-]*$/, "must be lower-case letters, digits and hyphens"),
  owner: text,
  businessCase: text,
  tasks: z.array(text).min(1),
  repositories: z.array(text).min(1),
  topics: z.record(z.string(), topicSchema).default({}),
  technologies: z.array(text).default([]),
  externals: z.array(text).default([]),
  freshness: freshnessSchema,
  metrics: z.record(z.string(), metricSchema).default({}),
  evaluation: z.union([evaluationSchema, z.array(evaluationSchema)]).default([]),
  jobs: z.array(z.strictObject({
    notebook: z.string(),
    cron: z.string(),
    missed: z.enum(["run-once", "skip"]).default("run-once"),
    overlap: z.enum(["skip", "queue"]).default("skip"),
  })).default([]),
});

/** One topic that a product writes to. */
export interface ProductTopic {
  /** CloudEvents type of its events. */
  type: string;
  /** JSON Schema of the events' data. */
  schema: Record<string, unknown>;
  /** File of the schema, relative to the product's folder. */
  schemaFile: string;
  /** JSON pointer of the key in the events' data. */
  key: string;
  /** Number of partitions on the bus. */
  partitions: number;
}

/** A bound on one metric. */
export interface Threshold {
  /** Largest value that passes. */
  atMost?: number | undefined;
  /** Smallest value that passes. */
  atLeast?: number | undefined;
}

/** A product's metric: SQL over a decision and its label. */
export interface MetricSpec {
  /** SQL over `output` and `label`. */
  sql: string;
  /** Unit of the value. */
  unit: string;
  /** Direction of improvement. */
  better: "lower" | "higher";
  /** Money that one unit costs, by currency. */
  perUnit?: Record<string, number> | undefined;
}

/** The offline evaluation that a product's models must pass. */
export interface EvaluationSpec {
  /** Notebook that computes the metrics, relative to the product's folder. */
  notebook: string;
  /** Registered model that is evaluated. */
  model: string;
  /** Bounds by metric; all must hold. */
  thresholds: Record<string, Threshold>;
}

/** A notebook that runs by schedule. */
export interface JobSpec {
  /** Notebook, relative to the product's folder. */
  notebook: string;
  /** Schedule, five fields, UTC. */
  cron: string;
  /** What happens to runs missed while the workbench was down. */
  missed: "run-once" | "skip";
  /** What happens when the last run still goes on. */
  overlap: "skip" | "queue";
}

/** One data product: what its product.yaml says. */
export interface Product {
  /** The product's and its folder's name. */
  name: string;
  /** Absolute folder. */
  folder: string;
  /** Who answers for it. */
  owner: string;
  /** Why it exists. */
  businessCase: string;
  /** Links to its tasks. */
  tasks: string[];
  /** Where its code lives. */
  repositories: string[];
  /** Topics that it writes to. */
  topics: Record<string, ProductTopic>;
  /** What it is built with. */
  technologies: string[];
  /** Names outside the workbench that the spec's diagram may show. */
  externals: string[];
  /** Ages from which on an input of its notebooks warns and fails, milliseconds of bus time. */
  freshness: { warnMs: number; failMs: number };
  /** Metrics by name. */
  metrics: Record<string, MetricSpec>;
  /** What its models must pass, one entry per model. */
  evaluations: EvaluationSpec[];
  /** Scheduled notebooks. */
  jobs: JobSpec[];
}

/**
 * Reads one product.yaml with the JSON Schemas that it names.
 *
 * @param file path of product.yaml
 * @param options `readFile` gives the text of a file by its absolute path, null when there is none; the disk by default
 * @returns the product
 * @throws {SyntaxError} when the file is no YAML or a schema file no JSON
 * @throws {TypeError} when a key is missing, unknown or of the wrong type
 * @throws {Error} when a schema file is missing or lies outside the product's folder
 * @example
 * ```ts
 * import { loadProduct } from "./product.ts";
 * const dir = Deno.makeTempDirSync();
 * Deno.writeTextFileSync(
 *   `${dir}/product.yaml`,
 *   "{ product: trains, owner: rail, businessCase: fewer waits, tasks: [T-1], repositories: [.] }",
 * );
 * if (loadProduct(`${dir}/product.yaml`).name !== "trains") throw new Error("unexpected");
 * ```
 */
export function loadProduct(
  file: string,
  { readFile = readDisk }: { readFile?: (path: string) => string | null } = {},
): Product {
  const folder = dirname(resolve(file));
  const shown = relative(Deno.cwd(), resolve(file)) || file;
  const text = readFile(resolve(file));
  if (text === null) throw new Deno.errors.NotFound(`Cannot read ${shown} as a product: there is no such file`);
  const { product, topics, evaluation, ...rest } = readYaml(text, shown, schema, "product");
  const read = ([name, topic]: [string, z.infer<typeof topicSchema>]): [string, ProductTopic] => {
    const { schema: schemaFile, ...others } = topic;
    return [name, { ...others, schemaFile, schema: readSchema(folder, schemaFile, { shown, topic: name, readFile }) }];
  };
  return {
    ...rest,
    name: product,
    folder,
    topics: Object.fromEntries(Object.entries(topics).map(read)),
    evaluations: [evaluation].flat(),
  };
}

/**
 * Reads every product of a workbench: `notebooks/<product>/product.yaml`.
 *
 * @param root folder of the workbench
 * @returns products in the order of their names
 * @throws {RangeError} when a product's name is not its folder's
 * @example
 * ```ts
 * import { listProducts } from "./product.ts";
 * if (listProducts(Deno.makeTempDirSync()).length !== 0) throw new Error("unexpected");
 * ```
 */
export function listProducts(root: string): Product[] {
  const folder = join(root, "notebooks");
  if (!pathExists(folder)) return [];
  const names = [...Deno.readDirSync(folder)].filter((entry) => entry.isDirectory).map((entry) => entry.name).sort();
  return names.filter((name) => pathExists(join(folder, name, "product.yaml"))).map((name) => {
    const product = loadProduct(join(folder, name, "product.yaml"));
    if (product.name === name) return product;
    throw new RangeError(
      `Cannot read notebooks/${name}/product.yaml as a product: "product" must be the folder's name "${name}", got "${product.name}"`,
    );
  });
}

/**
 * Finds the product that a file belongs to: that of the nearest product.yaml upward.
 *
 * @param file absolute path of the file
 * @param root absolute folder of the workbench
 * @returns the product; null without one
 * @throws {SyntaxError | TypeError | Error} as `loadProduct`
 * @example
 * ```ts
 * import { productAbove } from "./product.ts";
 * const root = Deno.makeTempDirSync();
 * if (productAbove(`${root}/notebooks/a.ipynb`, root) !== null) throw new Error("unexpected");
 * ```
 */
export function productAbove(file: string, root: string): Product | null {
  for (let folder = dirname(file); folder.startsWith(root); folder = dirname(folder)) {
    if (pathExists(join(folder, "product.yaml"))) return loadProduct(join(folder, "product.yaml"));
    if (folder === root) break;
  }
  return null;
}

function readDisk(path: string): string | null {
  return pathExists(path) ? Deno.readTextFileSync(path) : null;
}

function readSchema(
  folder: string,
  file: string,
  { shown, topic, readFile }: { shown: string; topic: string; readFile: (path: string) => string | null },
): Record<string, unknown> {
  const path = resolve(folder, file);
  if (relative(folder, path).startsWith("..")) {
    throw new Error(
      `Cannot read ${shown} as the schema of topic "${topic}" lies outside the product's folder: "${file}"`,
    );
  }
  const text = readFile(path);
  if (text === null) {
    throw new Error(`Cannot read ${shown} as the schema of topic "${topic}" is missing: "${file}"`);
  }
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  } catch (cause) {
    throw new SyntaxError(`Cannot read "${file}" as the JSON Schema of topic "${topic}": ${(cause as Error).message}`, {
      cause,
    });
  }
}
