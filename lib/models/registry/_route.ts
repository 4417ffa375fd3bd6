import { z } from "zod";
import type { Store } from "../../store/mod.ts";
import type { Database } from "./_database.ts";
import type { WholeFiles } from "./_stream_object.ts";
import { invalid } from "../client/registry_error.ts";

/** What the registry works on. */
export interface RegistryContext {
  /** Tables of experiments, runs, models, versions and artifact paths. */
  db: Database;
  /** Where artifacts lie. */
  store: Store;
  /** Files of artifacts that are known to be whole. */
  whole: WholeFiles;
}

/** One call of the MLflow REST API: method, path below `/api/2.0/mlflow/`, and what it does. */
export interface Route {
  /** HTTP method. */
  method: "GET" | "POST" | "PATCH" | "DELETE";
  /** For example `runs/create`. */
  path: string;
  /** Answers the call; `parameters` is the body, or the query of a GET. */
  answer(context: RegistryContext, parameters: Record<string, unknown>): unknown;
}

/**
 * Ties a call to the shape of its parameters.
 *
 * @param method HTTP method
 * @param path path below `/api/2.0/mlflow/`
 * @param shape zod schema by parameter; others are ignored, as MLflow does
 * @param answer what the call does
 * @returns the route
 */
export function route<S extends z.ZodRawShape>(
  method: Route["method"],
  path: string,
  shape: S,
  answer: (context: RegistryContext, parameters: z.output<z.ZodObject<S>>) => unknown,
): Route {
  const schema = z.object(shape);
  return { method, path, answer: (context, parameters) => answer(context, check(schema, parameters)) };
}

/** A text that must be there. */
export const text: z.ZodType<string> = z.string().min(1);
/** A text that may be absent: then it is empty. */
export const maybeText: z.ZodType<string> = z.string().nullish().transform((value) => value ?? "");
/** A 64-bit integer, which JSON writers of protobuf send as text. */
export const integer: z.ZodType<number> = z.union([z.int(), z.string().regex(/^-?\d{1,16}$/).transform(Number)]);
/** Tags of an entity. */
export const tags: z.ZodType<{ key: string; value: string }[]> = z.array(z.object({ key: text, value: maybeText }))
  .nullish().transform((value) => value ?? []);

function check<T>(schema: z.ZodType<T>, parameters: Record<string, unknown>): T {
  const result = schema.safeParse(parameters);
  if (result.success) return result.data;
  const path = result.error.issues[0]!.path;
  const found = path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | null)?.[key], parameters);
  const name = path.map((key) => typeof key === "number" ? `[${key}]` : `.${String(key)}`).join("").replace(/^\./, "");
  const see = "See the API docs for more information about request parameters.";
  if (found === undefined || found === null || found === "") {
    throw invalid(`Missing value for required parameter '${name}'. ${see}`);
  }
  throw invalid(
    `Invalid value ${show(found)} for parameter '${name}' supplied:  Hint: Value was of type '${typeof found}'. ${see}`,
  );
}

function show(value: unknown): string {
  const json = JSON.stringify(value);
  return json.length > 120 ? `${json.slice(0, 120)}…` : json;
}

/** A list of texts that may be absent; a GET sends a single one as text. */
export const texts: z.ZodType<string[]> = z.union([z.array(z.string()), z.string().transform((one) => [one])])
  .nullish().transform((value) => value ?? []);

/**
 * Writes a repeated field as protobuf's JSON does: an empty one is left out.
 *
 * @param name name of the field
 * @param rows its values
 * @returns the field, or nothing
 */
export function listed<T>(name: string, rows: readonly T[]): Record<string, readonly T[]> {
  return rows.length === 0 ? {} : { [name]: rows };
}

/** Whether what is deleted is shown. */
export const viewType: z.ZodType<"ACTIVE_ONLY" | "DELETED_ONLY" | "ALL"> = z.enum([
  "ACTIVE_ONLY",
  "DELETED_ONLY",
  "ALL",
])
  .nullish().transform((value) => value ?? "ACTIVE_ONLY");
