import { expect, test } from "vitest";
import { openStore } from "../store/mod.ts";
import { type RegistryHandler, registryHandler } from "./registry_handler.ts";

interface Recorded {
  call: string;
  body?: unknown;
  status: number;
  answer: unknown;
}

const RECORDED = JSON.parse(
  Deno.readTextFileSync(new URL("./testdata/mlflow_3_17_answers.json", import.meta.url)),
) as Recorded[];
const TIMES = ["creation_time", "last_update_time", "creation_timestamp", "last_updated_timestamp"];

async function open(dir = Deno.makeTempDirSync()): Promise<RegistryHandler> {
  return registryHandler({ store: await openStore({ kind: "directory", dir }), dir: `${dir}/registry` });
}

async function call(
  handler: RegistryHandler,
  line: string,
  body?: unknown,
): Promise<{ status: number; answer: unknown }> {
  const [method, path] = line.split(" ") as [string, string];
  const sent = body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) };
  const response = await handler(new Request(`http://registry${path}`, { method, ...sent }));
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json") && method !== "PUT";
  return { status: response.status, answer: isJson ? JSON.parse(text) : method === "PUT" && response.ok ? "" : text };
}

/** Times and the id of the run differ between servers; MLflow gives pairs in no order. */
function plain(value: unknown, key: string, run: string): unknown {
  if (TIMES.includes(key)) return "TIME";
  if (typeof value === "string") return run === "" ? value : value.replaceAll(run, "RUN");
  if (Array.isArray(value)) {
    const items = value.map((item) => plain(item, "", run));
    return items.every((item) => Object.hasOwn(Object(item), "key"))
      ? items.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
      : items;
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item, name, run)]));
}

function keyOf(value: unknown): string {
  return (value as { key: string }).key;
}

test("registryHandler() answers as MLflow 3.17 did", async () => {
  await using handler = await open();
  let run = "";
  for (const { call: line, body, ...expected } of RECORDED) {
    const fill = (text: string) => text.replaceAll("RUN", run || "RUN");
    const sent = body === undefined ? undefined : JSON.parse(fill(JSON.stringify(body)));
    const found = await call(handler, fill(line), sent);
    run ||= (found.answer as { run?: { info: { run_id: string } } }).run?.info.run_id ?? "";
    expect.soft({ call: line, status: found.status, answer: plain(found.answer, "", run) }, line)
      .toEqual({ call: line, status: expected.status, answer: plain(expected.answer, "", "") });
  }
});
