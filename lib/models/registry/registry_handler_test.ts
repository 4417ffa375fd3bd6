import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { sha256 } from "../../events/mod.ts";
import { openStore } from "../../store/mod.ts";
import { record, type Recorded } from "./_test_answers.ts";
import { type RegistryHandler, registryHandler } from "./registry_handler.ts";

const read = (file: string) =>
  JSON.parse(Deno.readTextFileSync(new URL(`./testdata/${file}`, import.meta.url))) as Recorded[];

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

test("registryHandler() answers as MLflow 3.17 did", async () => {
  await using handler = await open();
  const recorded = read("mlflow_3_17_answers.json");
  const found = await record((path, init) => handler(new Request(`http://registry${path}`, init)), recorded);
  for (const [i, expected] of recorded.entries()) expect.soft(found[i], expected.call).toEqual(expected);
});

test("registryHandler() searches, orders, renames, deletes and restores as MLflow 3.17 did", async () => {
  await using handler = await open();
  const recorded = read("mlflow_3_17_search.json");
  const found = await record((path, init) => handler(new Request(`http://registry${path}`, init)), recorded);
  for (const [i, expected] of recorded.entries()) expect.soft(found[i], expected.call).toEqual(expected);
});

const API = "/api/2.0/mlflow";
const FILES = "/api/2.0/mlflow-artifacts/artifacts";

const refusals: [string, string, unknown, number, string, string][] = [
  [
    "a call that is not there",
    `POST ${API}/traces`,
    {},
    404,
    "ENDPOINT_NOT_FOUND",
    `Cannot answer "POST ${API}/traces" as it is not in this version`,
  ],
  ["another method", `GET ${API}/runs/create`, undefined, 404, "ENDPOINT_NOT_FOUND", `"GET ${API}/runs/create"`],
  ["another path", "GET /", undefined, 404, "ENDPOINT_NOT_FOUND", '"GET /"'],
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
    "to take another experiment's name",
    `POST ${API}/experiments/update`,
    { experiment_id: "0", new_name: "" },
    400,
    "INVALID_PARAMETER_VALUE",
    "'new_name'",
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
  [
    "a source that no logged model is",
    `POST ${API}/model-versions/create`,
    { name: "m", source: `models:/m-${"0".repeat(32)}` },
    404,
    "RESOURCE_DOES_NOT_EXIST",
    "Logged model with ID 'm-0000",
  ],
  [
    "a logged model with a slash",
    `POST ${API}/logged-models`,
    { experiment_id: "0", name: "a/b" },
    400,
    "INVALID_PARAMETER_VALUE",
    "Invalid model name ('a/b')",
  ],
  [
    "a status that is none",
    `PATCH ${API}/logged-models/m-1`,
    { status: "DONE" },
    400,
    "INVALID_PARAMETER_VALUE",
    "for parameter 'status'",
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
    /Cannot open ".*registry.db" as the model registry: .* has format 99, this version knows 2/,
  );
});

test("registryHandler() gives an older file the tables that it lacks, and keeps what it holds", async () => {
  const dir = Deno.makeTempDirSync();
  {
    await using handler = await open(dir);
    await call(handler, `POST ${API}/registered-models/create`, { name: "m" });
  }
  const db = new DatabaseSync(`${dir}/registry/registry.db`);
  for (const table of ["run_outputs", ...["_metrics", "_params", "_tags", "s"].map((part) => `logged_model${part}`)]) {
    db.exec(`DROP TABLE ${table}`);
  }
  db.exec("PRAGMA user_version = 1");
  db.close();
  await using handler = await open(dir);
  expect((await call(handler, `GET ${API}/registered-models/get?name=m`)).status).toBe(200);
  const made = await call(handler, `POST ${API}/logged-models`, { experiment_id: "0", name: "model" });
  expect(made).toMatchObject({ status: 200, answer: { model: { info: { status: "LOGGED_MODEL_PENDING" } } } });
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

test("registryHandler() keeps names of experiments apart when one is renamed", async () => {
  await using handler = await open();
  await call(handler, `POST ${API}/experiments/create`, { name: "a" });
  expect(await call(handler, `POST ${API}/experiments/update`, { experiment_id: "1", new_name: "Default" })).toEqual({
    status: 400,
    answer: { error_code: "RESOURCE_ALREADY_EXISTS", message: "Experiment(name=Default) already exists." },
  });
  expect((await call(handler, `POST ${API}/experiments/update`, { experiment_id: "1", new_name: "a" })).status).toBe(
    200,
  );
});

test("registryHandler() lets content be registered again after its version was deleted", async () => {
  await using handler = await open();
  await call(handler, `POST ${API}/registered-models/create`, { name: "m" });
  const version = { name: "m", source: "mlflow-artifacts:/0/a", tags: [{ key: "boathouse.digest", value: "d" }] };
  const create = () => call(handler, `POST ${API}/model-versions/create`, version);
  expect((await create()).status).toBe(200);
  expect((await create()).answer).toMatchObject({ error_code: "RESOURCE_ALREADY_EXISTS" });
  await call(handler, `DELETE ${API}/model-versions/delete`, { name: "m", version: "1" });
  expect((await create()).answer).toMatchObject({ model_version: { version: "2" } });
});

test("registryHandler() breaks off a large artifact whose bytes are others than stored, after a good read too", async () => {
  const dir = Deno.makeTempDirSync();
  await using handler = await open(dir);
  const bytes = new Uint8Array(5 * 1024 * 1024).map((_, i) => i * 7);
  await handler(new Request(`http://registry${FILES}/big`, { method: "PUT", body: bytes }));
  const get = async () => await (await handler(new Request(`http://registry${FILES}/big`))).arrayBuffer();
  for (let i = 0; i < 2; i++) expect(sha256(new Uint8Array(await get()))).toBe(sha256(bytes));
  const [object] = Deno.readDirSync(`${dir}/objects`);
  const file = `${dir}/objects/${object!.name}`;
  Deno.chmodSync(file, 0o644);
  for (const other of [bytes.with(9, 1), bytes.subarray(1)]) {
    Deno.writeFileSync(file, other);
    for (let i = 0; i < 2; i++) await expect(get()).rejects.toThrow("its bytes must have the hash");
    Deno.writeFileSync(file, bytes);
    expect((await get()).byteLength).toBe(bytes.length);
  }
  Deno.removeSync(file);
  Deno.writeFileSync(file, bytes.with(9, 1)); // another file under the same name
  await expect(get()).rejects.toThrow("its bytes must have the hash");
  const reader = (await handler(new Request(`http://registry${FILES}/big`))).body!.getReader();
  expect((await reader.read()).value?.length).toBe(1024 * 1024);
  await reader.cancel();
});
