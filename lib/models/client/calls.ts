import { z } from "zod";
import { acceptAnswer, readAnswer } from "./answers.ts";
import { RegistryError } from "./registry_error.ts";
import { type RetryClock, sendPatiently } from "./retry.ts";

/** Sends a request: the embedded registry's handler, or `remoteFetch`. */
export type RegistryFetch = (request: Request) => Promise<Response>;

/** How one call is made. */
export interface CallOptions {
  /** Whether doing it twice is as doing it once; a GET is. */
  isSafe?: boolean;
}

/** Where calls go. */
export interface Calls {
  /** Makes a call below `/api/2.0/mlflow/`; parameters that are undefined are left out. */
  call<T>(
    method: string,
    path: string,
    parameters: Record<string, unknown>,
    answer: z.ZodType<T>,
    options?: CallOptions,
  ): Promise<T>;
  /** Sends any request to the registry, again where that is safe. */
  send(path: string, init: () => RequestInit, isSafe: boolean, what: string): Promise<Response>;
  /** Time and chance. */
  clock: RetryClock;
}

/** Reads nothing of an answer that is JSON. */
export const NOTHING: z.ZodType<void> = z.unknown().transform(() => {});
/** A 64-bit integer, which protobuf's JSON writes as text. */
export const int64: z.ZodType<number> = z.union([z.number(), z.string().regex(/^-?\d+$/).transform(Number)]);
/** Keys and values, as an object. */
export const pairsRecord: z.ZodType<Record<string, string>> = z.array(
  z.object({ key: z.string(), value: z.string().default("") }),
).default([]).transform((found) => Object.fromEntries(found.map(({ key, value }) => [key, value])));

/**
 * Makes calls of MLflow's REST API.
 *
 * @param fetch sends a request
 * @param origin where the API lies, without a slash at its end
 * @param clock time and chance
 * @returns the calls
 */
export function registryCalls(fetch: RegistryFetch, origin: string, clock: RetryClock): Calls {
  const send: Calls["send"] = async (path, init, isSafe, what) =>
    await acceptAnswer(await sendPatiently(() => fetch(new Request(origin + path, init())), isSafe, clock), what);
  return {
    clock,
    send,
    async call(method, path, parameters, answer, { isSafe = method === "GET" } = {}) {
      const query = method === "GET" ? `?${queryOf(parameters)}` : "";
      const body = JSON.stringify(parameters);
      const init = (): RequestInit =>
        method === "GET" ? { method } : { method, body, headers: { "content-type": "application/json" } };
      const what = `${method} ${path}`;
      return await readAnswer(await send(`/api/2.0/mlflow/${path}${query}`, init, isSafe, what), answer, what);
    },
  };
}

/**
 * Reads all pages of a listing, each when it is asked for.
 *
 * @param read reads the page that a token names; the first has an empty one
 * @returns the items
 * @throws {RegistryError} when a page names itself as the next one
 */
export async function* pages<T>(
  read: (token: string | undefined) => Promise<{ items: readonly T[]; next: string }>,
): AsyncGenerator<T> {
  let token: string | undefined;
  do {
    const { items, next } = await read(token);
    yield* items;
    if (next !== "" && next === token) throw endless(token);
    token = next === "" ? undefined : next;
  } while (token !== undefined);
}

/**
 * The shape of a page.
 *
 * @param field name of the list
 * @param item shape of an item
 * @returns the shape
 */
export function pageOf<T>(field: string, item: z.ZodType<T>): z.ZodType<{ items: T[]; next: string }> {
  return z.object({ [field]: z.array(item).default([]), next_page_token: z.string().default("") })
    .transform((page) => ({ items: page[field] as T[], next: page.next_page_token as string }));
}

/**
 * Writes an object as MLflow's keys and values.
 *
 * @param values texts by key
 * @returns pairs
 */
export function toPairs(values: Readonly<Record<string, string>> = {}): { key: string; value: string }[] {
  return Object.entries(values).map(([key, value]) => ({ key, value }));
}

function endless(token: string): RegistryError {
  return new RegistryError(
    "INTERNAL_ERROR",
    `Cannot read all pages of a listing as each must lead to another one: page "${
      token.slice(0, 100)
    }" leads to itself`,
  );
}

function queryOf(parameters: Record<string, unknown>): URLSearchParams {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(parameters)) {
    for (const one of Array.isArray(value) ? value : value === undefined ? [] : [value]) query.append(key, String(one));
  }
  return query;
}
