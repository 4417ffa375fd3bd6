/** One call, and what a registry answered. */
export interface Recorded {
  /** Method and path, with placeholders such as `RUN1` and `EXP1` for ids that the registry made. */
  call: string;
  /** Body of the call. */
  body?: unknown;
  /** HTTP status. */
  status: number;
  /** Body of the answer: JSON, or text. */
  answer: unknown;
}

/** Sends one call to a registry. */
export type Send = (path: string, init: RequestInit) => Promise<Response>;

const TIMES = [
  "creation_time",
  "last_update_time",
  "creation_timestamp",
  "last_updated_timestamp",
];
/** What newer servers add, and no client needs. */
const OPTIONAL = ["workspace", "sqlstate", "error_class"];

/**
 * Makes calls one after the other, and writes down what was answered, without what differs between servers: times, ids,
 * the order of sets.
 *
 * @param send sends a call
 * @param calls the calls
 * @returns calls and answers
 */
export async function record(send: Send, calls: readonly Pick<Recorded, "call" | "body">[]): Promise<Recorded[]> {
  const ids = new Map<string, string>();
  const found: Recorded[] = [];
  for (const { call, body } of calls) {
    const fill = (text: string) => text.replace(/(RUN|EXP)\d+/g, (name) => ids.get(name) ?? name);
    const [method, path] = fill(call).split(" ") as [string, string];
    const sent = body === undefined
      ? {}
      : typeof body === "string"
      ? { body }
      : { body: fill(JSON.stringify(body)), headers: { "content-type": "application/json" } };
    const response = await send(path, { method, ...sent });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.includes("json") && method !== "PUT";
    const answer = isJson ? JSON.parse(text) : method === "PUT" && response.ok ? "" : text;
    const made = { RUN: answer?.run?.info?.run_id, EXP: answer?.experiment_id } as const;
    if (method === "POST" && path.endsWith("/create")) {
      for (const [name, id] of Object.entries(made)) {
        if (id !== undefined) ids.set(`${name}${[...ids.keys()].filter((key) => key.startsWith(name)).length + 1}`, id);
      }
    }
    const names = [...ids].map(([name, id]) => [id, name] as const);
    found.push({
      call,
      ...(body === undefined ? {} : { body }),
      status: response.status,
      answer: plain(answer, "", names),
    });
  }
  return found;
}

function plain(value: unknown, key: string, names: readonly (readonly [string, string])[]): unknown {
  if (TIMES.includes(key)) return "TIME";
  if (typeof value === "string") return plainText(value, key, names);
  if (Array.isArray(value)) {
    const items = value.map((item) => plain(item, "", names));
    const isSet = key === "tags" || key === "params" || key === "metrics";
    return isSet && items.every((item) => Object.hasOwn(Object(item), "key"))
      ? items.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
      : items;
  }
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).filter(([name]) => !OPTIONAL.includes(name));
  return Object.fromEntries(fields.map(([name, item]) => [name, plain(item, name, names)]));
}

function plainText(value: string, key: string, names: readonly (readonly [string, string])[]): string {
  const text = names.filter(([id]) => id.length > 8).reduce((text, [id, name]) => text.replaceAll(id, name), value);
  const experiment = names.find(([id]) =>
    id.length <= 8 && (key === "experiment_id" ? value === id : value.startsWith(`mlflow-artifacts:/${id}`))
  );
  if (experiment) return text.replace(experiment[0], experiment[1]);
  return text.replace(/'?\{'[^}]*\}'?/g, "SET") // Python's sets have no order
    .replace(/(Invalid clause\(s\) in filter string: ).*/s, "$1") // how its parser cuts what it does not know
    .replace(/ Error: \((sqlite3|raised).*/s, ""); // its database's words
}

function keyOf(value: unknown): string {
  return (value as { key: string }).key;
}
