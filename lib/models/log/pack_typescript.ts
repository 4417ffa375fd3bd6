import { canonicalJson, type Json, sha256 } from "../../events/mod.ts";
import { type FeatureRow, readFeeds } from "../load/feeds.ts";
import {
  readAnswers,
  rowsOf,
  schemaOf,
  typescriptLimits,
  type TypescriptSettings,
} from "../load/typescript_flavour.ts";
import type { TypescriptCode, TypescriptHost } from "../load/typescript_host.ts";
import { type ModelSignature, type SignatureColumn, type SignatureType, UNNAMED } from "../signature.ts";
import { checkAnswer, type Packed, readGiven } from "./packed.ts";

/** Code of a model. */
export interface TypescriptModel {
  /** TypeScript that exports `predict(rows)`: of a list of rows a list of answers, values or records. What it imports is bundled. */
  source: string;
  /** Most milliseconds of a call, of at most 1,000 rows. @default 1000 */
  budgetMs?: number;
  /** Most bytes by which a call may make its process grow. @default 128 MiB */
  memoryBytes?: number;
}

/** A model that is code. */
export interface TypescriptSpec {
  /** Its code. */
  typescript: TypescriptModel;
  /** One row that it answers. */
  example: FeatureRow;
  /** What it takes and gives; read from the example and its answer unless given, numbers as double. */
  signature?: ModelSignature;
}

/** How the runtime says that a bundle has no `predict`; the bundler takes what TypeScript does not export for a type. */
const NO_PREDICT = /(?:^|[ .])(?:predict|\(void 0\)) is not (?:defined|a function)$/;

const BUDGET_MS = 1000;
const MEMORY_BYTES = 128 * 2 ** 20;

/**
 * Takes code as content of a version: bundled with all that it imports. It runs nowhere but in the sandbox.
 *
 * @param name name of the model
 * @param spec source, limits, example
 * @param host who bundles and runs it
 * @returns the content, the same for the same source, packages and limits
 * @throws {SyntaxError} when the source cannot be bundled or exports no `predict`
 * @throws {TypeError} when there is no sandbox, or the example or its answer is not of values
 * @throws {Error} when the code does not answer its example
 */
export async function packTypescript(
  name: string,
  { typescript, example, signature }: TypescriptSpec,
  host: TypescriptHost | undefined,
): Promise<Packed> {
  if (!host) {
    throw new TypeError(
      `Cannot log "${name}" as code runs in a sandbox: got none in this process; log it by open() of boathouse`,
    );
  }
  const { source } = typescript;
  checkParts(name, typescript);
  if (typeof source !== "string") {
    throw new TypeError(`Cannot log "${name}" as typescript.source must be a text: got ${typeof source}`);
  }
  const limits = readLimits(name, typescript);
  const { code, packages } = await host.bundle(source, name);
  const given = signature && readGiven(name, signature);
  const inputs = given?.inputs ?? columnsOf(name, "example", example);
  const rows = rowsOf(name, inputs, readFeeds(name, inputs, [example]), 0, 1);
  const answers = await askOnce(name, host, { hash: sha256(code), code, ...limits }, rows);
  const outputs = given?.outputs ?? outputsOf(name, answers);
  checkAnswer(name, readAnswers(name, outputs, 1, answers));
  const known = { inputs, outputs };
  const lock = sha256(canonicalJson(packages));
  const settings: TypescriptSettings = { entry: "predict", lock, schema: schemaOf(known), ...limits };
  return { flavour: "typescript_function", settings, data: new TextEncoder().encode(code), signature: known, example };
}

/** What is written in the wrong place would be without effect. */
function checkParts(name: string, typescript: TypescriptModel): void {
  const odd = Object.keys(typescript).find((key) => !["source", "budgetMs", "memoryBytes"].includes(key));
  if (odd !== undefined) {
    throw new TypeError(
      `Cannot log "${name}" as typescript takes source, budgetMs and memoryBytes: got ${odd}` +
        (odd === "signature" ? "; write it beside typescript" : ""),
    );
  }
}

function readLimits(name: string, { budgetMs = BUDGET_MS, memoryBytes = MEMORY_BYTES }: TypescriptModel) {
  const { success, data, error } = typescriptLimits.safeParse({ budgetMs, memoryBytes });
  if (success) return data;
  const { path, message } = error.issues[0]!;
  throw new TypeError(`Cannot log "${name}" as typescript.${path.join(".")} must be as documented: ${message}`);
}

async function askOnce(name: string, host: TypescriptHost, code: TypescriptCode, rows: Json): Promise<Json> {
  try {
    await using opened = await host.open(code);
    return await opened.call(rows);
  } catch (cause) {
    const { message } = cause as Error;
    const must = NO_PREDICT.test(message) ? "export a function predict(rows)" : "answer its example";
    throw new Error(`Cannot log "${name}" as its code must ${must}: ${message}`, { cause });
  }
}

function outputsOf(name: string, answers: Json): SignatureColumn[] {
  const answer = Array.isArray(answers) ? answers[0] : undefined;
  const isRecord = typeof answer === "object" && answer !== null && !Array.isArray(answer);
  return columnsOf(name, "answer", isRecord ? answer : { [UNNAMED]: answer });
}

function columnsOf(name: string, part: string, record: Readonly<Record<string, unknown>>): SignatureColumn[] {
  const columns = Object.entries(record).map(([column, value]) => ({ name: column, type: TYPES[typeof value], value }));
  const odd = columns.find(({ type }) => type === undefined);
  if (columns.length > 0 && !odd) return columns.map(({ name, type }) => ({ name, type: type! }));
  throw new TypeError(
    `Cannot log "${name}" as its ${part} must be of numbers, texts and booleans: got ${
      odd ? `${JSON.stringify(odd.value) ?? "nothing"} as "${odd.name}"` : "none"
    }; give a signature where values may be null`,
  );
}

const TYPES: Readonly<Record<string, SignatureType>> = {
  number: "double",
  bigint: "long",
  string: "string",
  boolean: "boolean",
};
