import { z } from "zod";
import { canonicalJson, type Json } from "../../events/mod.ts";
import { FITS, MUST } from "./_fits.ts";
import { type FeedColumn, type Feeds, readFeeds } from "./feeds.ts";
import type { Flavour, FlavourParts, OpenedModel } from "./flavour.ts";
import type { ModelSignature, SignatureColumn, SignatureType } from "../signature.ts";

/** Milliseconds and bytes of a call. */
export const typescriptLimits = z.object({
  budgetMs: z.number().min(1).max(60_000),
  memoryBytes: z.int().min(1).max(2 ** 28),
});

const typescriptSettings = typescriptLimits.extend({
  entry: z.literal("predict"),
  lock: z.string().regex(/^[0-9a-f]{64}$/),
  schema: z.object({ input: z.record(z.string(), z.unknown()), output: z.record(z.string(), z.unknown()) }),
});

/** What MLmodel says of code. */
export type TypescriptSettings = z.output<typeof typescriptSettings>;

/** Code that answers, in a process without permissions. */
export const TYPESCRIPT: Flavour = {
  entry: {},
  loaderModule: null,
  file: "model.js",
  settings: typescriptSettings,
  open: openTypescript,
};

/** Rows of one call. */
const BATCH = 1000;
/** What the process of a model takes before its code does. */
const PROCESS_BYTES = 64 * 2 ** 20;

async function openTypescript(parts: FlavourParts): Promise<OpenedModel> {
  const { label, signature, data, digest, typescript } = parts;
  const { schema, budgetMs, memoryBytes } = typescriptSettings.parse(parts.settings);
  if (canonicalJson(schema) !== canonicalJson(schemaOf(signature))) {
    throw new TypeError(
      `Cannot load "${label}" as its schema must be that of its signature: it is another one; log the model again`,
    );
  }
  if (!typescript) {
    throw new TypeError(
      `Cannot load "${label}" as a typescript_function runs in a sandbox: got none in this process; load it by open() ` +
        "of boathouse",
    );
  }
  const code = new TextDecoder().decode(data);
  const opened = await typescript.open({ hash: digest, code, budgetMs, memoryBytes }).catch((cause) => {
    throw new Error(`Cannot load "${label}" as its code must run: ${messageOf(cause)}`, { cause });
  });
  return {
    signature,
    bytes: PROCESS_BYTES + memoryBytes,
    predict: async (input, label, { signal } = {}) => {
      const feeds = readFeeds(label, signature.inputs, input);
      const answers: unknown[] = [];
      for (let from = 0; from < feeds.count; from += BATCH) {
        signal?.throwIfAborted();
        const rows = rowsOf(label, signature.inputs, feeds, from, Math.min(feeds.count, from + BATCH));
        const found = await opened.call(rows as Json).catch((cause) => {
          throw new Error(`Cannot predict with "${label}" as its code must answer: ${messageOf(cause)}`, { cause });
        });
        answers.push(...readAnswers(label, signature.outputs, rows.length, found));
      }
      return answers;
    },
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
}

/**
 * Takes rows out of columns, as JSON: a missing number is null.
 *
 * @param label what predicts, for messages
 * @param columns the columns
 * @param feeds their values
 * @param from first row
 * @param to row after the last one
 * @returns the rows
 * @throws {TypeError} when a whole number is above 2^53
 */
export function rowsOf(
  label: string,
  columns: readonly SignatureColumn[],
  feeds: Feeds,
  from: number,
  to: number,
): Record<string, Json>[] {
  const cells = columns.map(({ name, type }) => [name, cellOf(label, name, type, feeds.columns.get(name)!)] as const);
  return Array.from(
    { length: to - from },
    (_, row) => Object.fromEntries(cells.map(([name, cell]) => [name, cell(from + row)])),
  );
}

function cellOf(label: string, name: string, type: SignatureType, values: FeedColumn): (row: number) => Json {
  if (type === "boolean") return (row) => values[row] === 1;
  if (type !== "long") return (row) => Number.isNaN(values[row]) ? null : values[row] as Json;
  return (row) => {
    const value = Number(values[row]);
    if (Number.isSafeInteger(value)) return value;
    throw new TypeError(
      `Cannot predict with "${label}" as column "${name}" must be a whole number of at most 2^53: got ${values[row]} ` +
        `at row ${row}`,
    );
  };
}

/**
 * Reads what code answered. What is wrong is a plain Error, as a TypeError of `predict` blames the rows.
 *
 * @param label what predicts, for messages
 * @param outputs what it should give
 * @param count rows that were asked
 * @param found its answer
 * @returns values of one output, else records by output
 * @throws {Error} when it is no list of as many, or a value is of another type
 */
export function readAnswers(
  label: string,
  outputs: readonly SignatureColumn[],
  count: number,
  found: unknown,
): unknown[] {
  const refuse = (must: string, got: string) =>
    new Error(`Cannot predict with "${label}" as its code must ${must}: got ${got}`);
  if (!Array.isArray(found) || found.length !== count) {
    throw refuse(`answer a list of ${count}, one per row`, Array.isArray(found) ? String(found.length) : show(found));
  }
  const check = ({ name, type, nullable }: SignatureColumn, value: unknown, row: number) => {
    if (FITS[type](value) || (nullable && value === null)) return value;
    throw refuse(`answer ${MUST[type]} as "${name}"`, `${show(value)} at row ${row}`);
  };
  if (outputs.length === 1) return found.map((value, row) => check(outputs[0]!, value, row));
  return found.map((record, row) => {
    if (typeof record !== "object" || record === null) throw refuse("answer records", `${show(record)} at row ${row}`);
    return Object.fromEntries(
      outputs.map((
        output,
      ) => [output.name, check(output, Object.hasOwn(record, output.name) ? record[output.name] : undefined, row)]),
    );
  });
}

const JSON_TYPES: Readonly<Record<SignatureType, string>> = {
  double: "number",
  float: "number",
  long: "integer",
  integer: "integer",
  string: "string",
  boolean: "boolean",
};

/**
 * Writes a signature as JSON Schema: of one row, and of the answer to it.
 *
 * @param signature the columns
 * @returns the schemas
 */
export function schemaOf({ inputs, outputs }: ModelSignature): TypescriptSettings["schema"] {
  const typeOf = ({ type, nullable }: SignatureColumn) => ({
    type: nullable ? [JSON_TYPES[type], "null"] : JSON_TYPES[type],
  });
  const object = (columns: SignatureColumn[]) => ({
    type: "object",
    properties: Object.fromEntries(columns.map((column) => [column.name, typeOf(column)])),
    required: columns.map(({ name }) => name),
  });
  return { input: object(inputs), output: outputs.length === 1 ? typeOf(outputs[0]!) : object(outputs) };
}

function show(value: unknown): string {
  return (JSON.stringify(value) ?? "nothing").slice(0, 60);
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
