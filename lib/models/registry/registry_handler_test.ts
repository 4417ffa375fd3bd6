import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { openStore } from "../../store/mod.ts";
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

const API = "/api/2.0/mlflow";
const FILES = "/api/2.0/mlflow-artifacts/artifacts";

const refusals: [string, string, unknown, number, string, string][] = [
  [
    "a call that is not there",
    `POST ${API}/logged-models`,
    {},
    404,
    "ENDPOINT_NOT_FOUND",
    `Cannot answer "POST ${API}/logged-models" as it is not in this version`,
  ],
  ["another method", `GET ${API}/runs/create`, undefined, 404, "ENDPOINT_NOT_FOUND", `"GET ${API}/runs/create"`],
  ["another path", "GET /", undefined, 404, "ENDPOINT_NOT_FOUND", '"GET /"'],
  ["DELETE of an artifact", `DELETE ${FILES}/a`, undefined, 404, "ENDPOINT_NOT_FOUND", `"DELETE ${FILES}/a"`],
  [
    "a body that is no JSON",
    `POST ${API}/experiments/create`,
    "{nope",
    400,
    "INVALID_PARAMETER_VALUE",
    "body must be JSON",
  ],
  [
    "a body that is a list",
    `POST ${API}/experiments/create`,
    [],
    400,
    "INVALID_PARAMETER_VALUE",
    "body must be a JSON object",
  ],
  [
    "a number as name",
    `POST ${API}/experiments/create`,
    { name: 5 },
    400,
    "INVALID_PARAMETER_VALUE",
    "Invalid value 5 for parameter 'name' supplied",
  ],
  [
    "a long name",
    `POST ${API}/experiments/create`,
    { name: "n".repeat(501) },
    400,
    "INVALID_PARAMETER_VALUE",
    "'name' exceeds the maximum length of 500 characters",
  ],
  [
    "a name that is taken",
    `POST ${API}/experiments/create`,
    { name: "Default" },
    400,
    "RESOURCE_ALREADY_EXISTS",
    "Experiment(name=Default) already exists.",
  ],
  [
    "a filter on experiments",
    `POST ${API}/experiments/search`,
    { max_results: 1, filter: "name = 'a'" },
    400,
    "INVALID_PARAMETER_VALUE",
    "Cannot search by 'filter' as it is not in this version",
  ],
  [
    "a filter on runs",
    `POST ${API}/runs/search`,
    { experiment_ids: ["0"], filter: "metrics.a > 1" },
    400,
    "INVALID_PARAMETER_VALUE",
    'got "metrics.a > 1"; leave it out',
  ],
  [
    "an order of runs",
    `POST ${API}/runs/search`,
    { experiment_ids: ["0"], order_by: ["metrics.a"] },
    400,
    "INVALID_PARAMETER_VALUE",
    "Cannot search by 'order_by'",
  ],
  [
    "a page of nothing",
    `POST ${API}/runs/search`,
    { experiment_ids: ["0"], max_results: 0 },
    400,
    "INVALID_PARAMETER_VALUE",
    "Invalid value 0 for parameter 'max_results' supplied",
  ],
  [
    "a page of too much",
    `POST ${API}/runs/search`,
    { max_results: 50001 },
    400,
    "INVALID_PARAMETER_VALUE",
    "positive integer up to 50000",
  ],
  [
    "a status that is none",
    `POST ${API}/runs/update`,
    { run_id: "r", status: "WHAT" },
    400,
    "INVALID_PARAMETER_VALUE",
    "Invalid value \"WHAT\" for parameter 'status'",
  ],
  [
    "another comparator",
    `GET ${API}/registered-models/search?filter=name%20LIKE%20'a'`,
    undefined,
    400,
    "INVALID_PARAMETER_VALUE",
    'Cannot search with "LIKE"',
  ],
  [
    "a filter on another attribute",
    `GET ${API}/registered-models/search?filter=tags.a='a'`,
    undefined,
    400,
    "INVALID_PARAMETER_VALUE",
    "Invalid attribute key 'tags.a' specified",
  ],
  [
    "an open quote",
    `GET ${API}/model-versions/search?filter=name='a`,
    undefined,
    400,
    "INVALID_PARAMETER_VALUE",
    "Invalid clause(s) in filter string: name='a",
  ],
  [
    "a dangling and",
    `GET ${API}/model-versions/search?filter=name='a'%20and`,
    undefined,
    400,
    "INVALID_PARAMETER_VALUE",
    "Invalid clause(s)",
  ],
  [
    "a source elsewhere",
    `POST ${API}/model-versions/create`,
    { name: "m", source: "/etc" },
    400,
    "INVALID_PARAMETER_VALUE",
    "holds artifacts of its own only",
  ],
  ["a path upwards", `PUT ${FILES}/a/..%2f..%2fx`, "x", 400, "INVALID_PARAMETER_VALUE", "Invalid path"],
  ["an encoded slash at the start", `PUT ${FILES}/%2fetc`, "x", 400, "INVALID_PARAMETER_VALUE", "Invalid path"],
  ["a backslash", `PUT ${FILES}/a%5cb`, "x", 400, "INVALID_PARAMETER_VALUE", "Invalid path"],
  ["a NUL", `PUT ${FILES}/a%00b`, "x", 400, "INVALID_PARAMETER_VALUE", "Invalid path"],
  ["a malformed escape", `PUT ${FILES}/a%zz`, "x", 400, "INVALID_PARAMETER_VALUE", "Invalid path"],
  ["an empty path", `PUT ${FILES}/`, "x", 400, "INVALID_PARAMETER_VALUE", "Invalid path"],
];

for (const [name, line, body, status, code, message] of refusals) {
  test(`registryHandler() refuses ${name}`, async () => {
    await using handler = await open();
    const [method, path] = line.split(" ") as [string, string];
    const sent = body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) };
    const response = await handler(new Request(`http://registry${path}`, { method, ...sent }));
    const answer = await response.json();
    expect([response.status, answer.error_code]).toEqual([status, code]);
    expect(answer.message).toContain(message);
  });
}

test("registryHandler() answers what MLflow's client asks on the way", async () => {
  await using handler = await open();
  for (const name of ["a", "b"]) await call(handler, `POST ${API}/registered-models/create`, { name });
  const search = async (filter: string) => {
    const { answer } = await call(handler, `GET ${API}/registered-models/search?filter=${encodeURIComponent(filter)}`);
    return (answer as { registered_models?: { name: string }[] }).registered_models?.map(({ name }) => name);
  };
  const noPrompts = "tag.`mlflow.prompt.is_prompt` != 'true'";
  expect(await search(noPrompts)).toEqual(["a", "b"]);
  expect(await search(`name = 'b' AND ${noPrompts}`)).toEqual(["b"]);
  expect(await search("name = 'c'")).toBe(undefined);
  expect(await call(handler, `POST ${API}/logged-models/search`, { experiment_ids: ["0"] })).toEqual({
    status: 200,
    answer: {},
  });
});

test("registryHandler() pages through runs, newest first", async () => {
  await using handler = await open();
  for (let i = 0; i < 5; i++) {
    await call(handler, `POST ${API}/runs/create`, { experiment_id: "0", run_name: `r${i}`, start_time: String(i) });
  }
  const found: string[] = [];
  let token = "";
  do {
    const query = { experiment_ids: ["0"], max_results: 2, page_token: token };
    const { answer } = await call(handler, `POST ${API}/runs/search`, query);
    const page = answer as { runs: { info: { run_name: string } }[]; next_page_token?: string };
    found.push(...page.runs.map(({ info }) => info.run_name));
    token = page.next_page_token ?? "";
  } while (token !== "");
  expect(found).toEqual(["r4", "r3", "r2", "r1", "r0"]);
});

test("registryHandler() logs a batch whole or not at all", async () => {
  await using handler = await open();
  const { answer } = await call(handler, `POST ${API}/runs/create`, { experiment_id: "0" });
  const { run_id } = (answer as { run: { info: { run_id: string } } }).run.info;
  await call(handler, `POST ${API}/runs/log-parameter`, { run_id, key: "b", value: "1" });
  const batch = {
    run_id,
    metrics: [{ key: "m", value: 1, timestamp: 1 }],
    params: [{ key: "a", value: "1" }, { key: "b", value: "2" }],
  };
  const refused = await call(handler, `POST ${API}/runs/log-batch`, batch);
  expect(refused).toMatchObject({
    status: 400,
    answer: { message: expect.stringContaining("already logged with value='1'") },
  });
  const run = (await call(handler, `GET ${API}/runs/get?run_id=${run_id}`)).answer as { run: { data: unknown } };
  expect(run.run.data).toMatchObject({ params: [{ key: "b", value: "1" }] });
  expect(run.run.data).not.toHaveProperty("metrics");
});

test("registryHandler() sends artifacts as data that no browser runs", async () => {
  await using handler = await open();
  await call(handler, `PUT ${FILES}/0/r/artifacts/page.html`, "<script>");
  const response = await handler(new Request(`http://registry${FILES}/0/r/artifacts/page.html`));
  expect(response.headers.get("content-type")).toBe("application/octet-stream");
  expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  expect(await response.text()).toBe("<script>");
});

test("registryHandler() keeps what it holds when it is opened again, and refuses a newer format", async () => {
  const dir = Deno.makeTempDirSync();
  {
    await using handler = await open(dir);
    await call(handler, `POST ${API}/registered-models/create`, { name: "m" });
  }
  {
    await using handler = await open(dir);
    expect((await call(handler, `GET ${API}/registered-models/get?name=m`)).status).toBe(200);
  }
  const db = new DatabaseSync(`${dir}/registry/registry.db`);
  db.exec("PRAGMA user_version = 99");
  db.close();
  await expect(open(dir)).rejects.toThrow(
    /Cannot open ".*registry.db" as the model registry: .* has format 99, this version knows 1/,
  );
});

test("registryHandler() answers INTERNAL_ERROR when its store cannot be written", async () => {
  const dir = Deno.makeTempDirSync();
  await using handler = await open(dir);
  Deno.writeTextFileSync(`${dir}/objects`, "a file in the way");
  const response = await handler(new Request(`http://registry${FILES}/a`, { method: "PUT", body: "x" }));
  expect(response.status).toBe(500);
  expect(await response.json()).toMatchObject({ error_code: "INTERNAL_ERROR" });
  expect((await call(handler, `GET ${FILES}/a`)).status).toBe(404);
});
