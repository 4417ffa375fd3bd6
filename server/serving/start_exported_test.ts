import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { exportEndpoint } from "../../lib/endpoints/mod.ts";
import { canonicalJson, type Json, sha256 } from "../../lib/events/mod.ts";
import { post, serve } from "./_test_node.ts";
import { fillFlights, KEY, openTestWorkbench, type TestWorkbench } from "./_test_workbench.ts";
import { type ServedExport, startExported } from "./start_exported.ts";

let workbench: TestWorkbench, folder: string, dir: string;
beforeEach(async () => {
  workbench = await openTestWorkbench();
  folder = await Deno.makeTempDir();
  dir = `${folder}/flight-delay`;
});
afterEach(() => Deno.remove(folder, { recursive: true }));

const INPUTS = Array.from({ length: 30 }, (_, i) => ({ route: `R${i}`, hour: i % 24 }));

/** Serves the exported folder. */
async function serveExport(): Promise<ServedExport & AsyncDisposable> {
  const stop = new AbortController();
  const { promise, resolve, reject } = Promise.withResolvers<ServedExport>();
  const ended = startExported({ dir, port: 0, signal: stop.signal, onReady: resolve });
  ended.catch(reject);
  return {
    ...await promise,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended;
    },
  };
}

async function askAll(url: string) {
  const { status, body } = await post(`${url}/v1/endpoints/flight-delay/batch`, INPUTS);
  expect(status).toBe(200);
  const answers = body.results as {
    output: Json;
    decision: { revision: string; variant: string; fallback: boolean };
  }[];
  return answers.map(({ output, decision: { revision, variant, fallback } }) => ({
    output,
    revision,
    variant,
    fallback,
  }));
}

const textOf = async (url: string) => await (await fetch(url)).text();

test("startExported() answers as the live node did, when its bus, lake and registry are gone", async () => {
  const revision = await fillFlights(workbench);
  const live: unknown[] = [];
  {
    await using node = await serve(workbench);
    live.push(await askAll(node.url), JSON.parse(await textOf(`${node.url}/v1/endpoints/flight-delay`)));
    live.push((await textOf(`${node.url}/v1/endpoints/flight-delay/client.ts`)).replaceAll(node.url, "URL"));
  }
  await exportEndpoint("flight-delay", dir, workbench);
  await workbench[Symbol.asyncDispose]();
  const before = await filesOf(dir);
  {
    await using node = await serveExport();
    const { url } = node;
    expect(node).toMatchObject({ endpoint: "flight-delay", revision });
    expect([
      await askAll(url),
      JSON.parse(await textOf(`${url}/v1/endpoints/flight-delay`)),
      (await textOf(`${url}/v1/endpoints/flight-delay/client.ts`)).replaceAll(url, "URL"),
    ]).toEqual(live);
    const { paths } = JSON.parse(await textOf(`${url}/openapi.json`));
    expect(paths["/v1/endpoints/flight-delay"].post).toBeDefined();
    const { body, headers } = await post(`${url}/v1/endpoints/flight-delay`, { route: "R1", hour: "4" });
    expect([body.status, body.errors[0].pointer]).toEqual([422, "#/hour"]);
    expect(headers.get("content-type")).toContain("application/problem+json");
    const { status, body: label } = await post(`${url}/v1/labels`, { decision: crypto.randomUUID(), value: 1 });
    expect([status, label.detail]).toEqual([
      501,
      "This node serves an exported endpoint: it keeps no events, labels and decisions",
    ]);
    expect(JSON.parse(await textOf(`${url}/health/ready`))).toMatchObject({ ready: true, degraded: [] });
  }
  expect(await filesOf(dir)).toEqual(before);
});

test("startExported() names what is altered or missing, and refuses a newer format", async () => {
  await fillFlights(workbench);
  await exportEndpoint("flight-delay", dir, workbench);
  await workbench[Symbol.asyncDispose]();
  const start = () => startExported({ dir, port: 0, signal: AbortSignal.timeout(1) });
  const text = await Deno.readTextFile(`${dir}/export.json`);
  const facts = JSON.parse(text);
  for (const path of Object.keys(facts.files)) {
    const bytes = await Deno.readFile(`${dir}/${path}`);
    await Deno.writeFile(`${dir}/${path}`, new Uint8Array([...bytes.subarray(0, -1), bytes.at(-1)! ^ 1]));
    await expect(start()).rejects.toThrow(`as "${path}" must have the SHA-256 ${facts.files[path]}: got `);
    await Deno.remove(`${dir}/${path}`);
    await expect(start()).rejects.toThrow(`as "${path}" must be there: it is missing; export the endpoint again`);
    await Deno.writeFile(`${dir}/${path}`, bytes);
  }
  await Deno.writeTextFile(`${dir}/export.json`, text.replace("flight-delay", "flight-delayed"));
  await expect(start()).rejects.toThrow(`as "export.json" must have the SHA-256 ${facts.digest}`);
  await Deno.writeTextFile(`${dir}/export.json`, "{");
  await expect(start()).rejects.toThrow('as "export.json" must have the SHA-256 none');
  await Deno.writeTextFile(`${dir}/export.json`, JSON.stringify({ ...facts, schema: 2, more: [] }));
  await expect(start()).rejects.toThrow("as its format must be 1: got 2; start a newer version of Boathouse");
  const { digest: _, ...outside } = { ...facts, files: { "../secret": sha256("s") } };
  await Deno.writeTextFile(`${folder}/secret`, "s");
  await Deno.writeTextFile(
    `${dir}/export.json`,
    JSON.stringify({ ...outside, digest: sha256(canonicalJson(outside)) }),
  );
  await expect(start()).rejects.toThrow("../secret");
  await Deno.remove(`${dir}/export.json`);
  await expect(start()).rejects.toThrow(
    "as it must hold export.json: it is missing; boathouse endpoint export NAME DIR",
  );
});

test("exportEndpoint() refuses a folder that is filled, a file, and an endpoint that is unknown or not active", async () => {
  await fillFlights(workbench);
  const to = (name: string, dir: string) => exportEndpoint(name, dir, workbench);
  await expect(to("late", dir)).rejects.toThrow(
    'Cannot export endpoint "late" as no file of that name was applied: boathouse endpoint list',
  );
  await expect(to("toString", dir)).rejects.toThrow("as no file of that name was applied");
  await expect(to("flight-delay", workbench.root)).rejects.toThrow(/as it must be a new or empty folder: it holds "/);
  await expect(to("flight-delay", `${workbench.root}/boathouse.yaml`)).rejects.toThrow("it is a file");
  await workbench.apply(
    "{ endpoint: idle, contract: 1, budgetMs: 9, variants: [{ name: a, weight: 1, plan: { fallback: [{ value: { minutes: 1 } }] } }] }",
  );
  await expect(to("idle", dir)).rejects.toThrow("as it is not active: boathouse endpoint activate idle");
  expect(await Array.fromAsync(Deno.readDir(folder))).toEqual([]);
  await Deno.mkdir(dir);
  expect((await to("flight-delay", dir)).files).toBe((await filesOf(dir)).length);
  await workbench[Symbol.asyncDispose]();
});

test("boathouse endpoint export writes what boathouse start --from serves, outside of any workbench", async () => {
  const revision = await fillFlights(workbench);
  const env = { BOATHOUSE_SIGNING_KEY: KEY };
  const exported = boathouse(["endpoint", "export", "flight-delay", dir], workbench.root, env);
  expect((await exported.output()).code).toBe(0);
  await workbench[Symbol.asyncDispose]();
  const child = boathouse(["start", "--role", "serving", "--from", dir, "--port", "0"], folder, {});
  const { value } = await child.stdout.pipeThrough(new TextDecoderStream()).getReader().read();
  const { serving, ...said } = JSON.parse(value!);
  expect(said).toEqual({ endpoint: "flight-delay", revision, events: "written nowhere" });
  const { status, body } = await post(`${serving}/v1/endpoints/flight-delay`, { route: "R1", hour: 4 });
  expect([status, body.decision.revision]).toEqual([200, revision]);
  child.kill("SIGTERM");
  expect((await child.status).code).toBe(0);
  await child.stderr.cancel();
  const all = await boathouse(["start", "--from", dir], folder, {}).output();
  expect([all.code, new TextDecoder().decode(all.stderr)]).toEqual([
    2,
    "boathouse: Cannot take --from as only one role goes with it: add --role serving; see boathouse --help\n",
  ]);
});

function boathouse(args: string[], cwd: string, env: Record<string, string>): Deno.ChildProcess {
  const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
  const run = ["run", "-A", "--config", join(root, "deno.json"), join(root, "boathouse.ts"), ...args];
  return new Deno.Command(Deno.execPath(), { args: run, cwd, env, stdout: "piped", stderr: "piped" }).spawn();
}

async function filesOf(dir: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(dir)) {
    if (isDirectory) found.push(...(await filesOf(`${dir}/${name}`)).map((file) => `${name}/${file}`));
    else found.push(`${name} ${sha256(await Deno.readFile(`${dir}/${name}`))}`);
  }
  return found.sort();
}
