/** A model as promoted code calls it. */
export interface CalledModel {
  /** Answers rows of features; one number per row. */
  predict(rows: readonly Record<string, unknown>[]): Promise<number[]>;
}

/** A lookup as promoted code calls it: a model that answers a key. */
export interface CalledLookup {
  /** Finds what is stored under a key, a record by the lookup's key columns; what the lookup says is missing otherwise. */
  get<T = unknown>(key: Record<string, unknown>): Promise<T>;
}

/** A host that a function may ask. */
export interface HostSpec {
  /** Address that every request begins with, such as `https://api.example.org/v1/`; https, unless `private`. */
  url: string;
  /**
   * A header that the host of the function adds: its whole value is in the environment variable `secret`, whose name
   * begins with BOATHOUSE_SECRET_. The function never sees it.
   */
  auth?: { header: string; secret: string };
  /** Whether it may lie on this machine or in a private network. */
  private?: boolean;
}

/** What a function may say of a request. */
export interface FetchOptions {
  /** GET unless given. */
  method?: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Headers; those of the connection and of `auth` are the host's own. */
  headers?: Record<string, string>;
  /** Body as text. */
  body?: string;
}

/** A request of a function to a declared host. */
export interface FetchRequest extends FetchOptions {
  /** Path and query, relative to the host's `url`. */
  path: string;
}

/** What a declared host answered, as it is recorded. */
export interface FetchReply {
  /** HTTP status. */
  status: number;
  /** The headers that tell of the content. */
  headers: Record<string, string>;
  /** Body as text. */
  body: string;
}

/** A declared host as promoted code calls it. */
export interface CalledHost {
  /** Asks the host: path and query are relative to its `url`. A status of 400 and above is an answer like any other. */
  fetch(path: string, options?: FetchOptions): Promise<FetchReply & { ok: boolean; json<T = unknown>(): T }>;
}

/** What a function may use beside its input. */
export interface FunctionContext<M extends string = string, H extends string = string, L extends string = string> {
  /** The declared models by alias. */
  models: Record<M, CalledModel>;
  /** The declared hosts by name. */
  hosts: Record<H, CalledHost>;
  /** The declared lookups by alias. */
  lookups: Record<L, CalledLookup>;
  /** The time of the call, epoch milliseconds; it is recorded. */
  readonly now: number;
  /** The next number in [0, 1) of the call's own randomness, whose seed is recorded. */
  random(): number;
}

/** What a function may ask of its host. */
export type AskKind = "model" | "lookup" | "fetch";

/** What a function declares. */
export interface Declared {
  /** Models by alias. */
  models?: Record<string, string>;
  /** Lookups by alias. */
  lookups?: Record<string, string>;
  /** Hosts by name. */
  hosts?: Record<string, HostSpec>;
}

/** Who answers a function. */
export interface ContextParts {
  /** Asks the host; `name` is the function's own. */
  ask(kind: AskKind, name: string, payload: unknown): Promise<unknown>;
  /** Epoch milliseconds. */
  now(): number;
  /** Numbers in [0, 1). */
  random(): number;
}

/**
 * Makes what a function may use beside its input.
 *
 * @param declared its models, lookups and hosts
 * @param parts who answers
 * @returns the context
 */
export function contextOf({ models, lookups, hosts }: Declared, { ask, now, random }: ContextParts): FunctionContext {
  return {
    models: each(models, (name) => ({ predict: (rows) => ask("model", name, rows) as Promise<number[]> })),
    lookups: each(
      lookups,
      (name) => ({ get: <T>(key: Record<string, unknown>) => ask("lookup", name, key) as Promise<T> }),
    ),
    hosts: each(hosts, (name): CalledHost => ({
      async fetch(path, options = {}) {
        const reply = await ask("fetch", name, { ...options, path }) as FetchReply;
        return { ...reply, ok: reply.status >= 200 && reply.status < 300, json: () => JSON.parse(reply.body) };
      },
    })),
    get now() {
      return now();
    },
    random,
  };
}

function each<T>(declared: Record<string, unknown> = {}, make: (name: string) => T): Record<string, T> {
  return Object.fromEntries(Object.keys(declared).map((name) => [name, make(name)]));
}
