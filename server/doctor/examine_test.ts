import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { promoteModel, recordVerdict } from "../../lib/evaluate/mod.ts";
import { buildOnnx, registryHandler } from "../../lib/models/mod.ts";
import { openStore } from "../../lib/store/mod.ts";
import { endpointPins, openWorkbench } from "../../lib/workbench/mod.ts";
import { examine } from "./examine.ts";
import type { Finding } from "./finding.ts";

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await Deno.remove(folder, { recursive: true });
});

async function workbench(yaml = "", records = 0): Promise<string> {
  const root = await Deno.makeTempDir();
  folders.push(root);
  await Deno.writeTextFile(
    `${root}/boathouse.yaml`,
    `listen: { control: "127.0.0.1:1", serving: "127.0.0.1:1" }\n${yaml}`,
  );
  if (records > 0) {
    await using parts = openWorkbench(root);
    const bus = await parts.bus();
    await bus.createTopic("rides");
    await bus.publish(
      "rides",
      Array.from({ length: records }, (_, n) => ({ key: null, eventTimeMicros: null, value: { n } })),
    );
  }
  return root;
}

async function ingest(root: string): Promise<void> {
  await using parts = openWorkbench(root);
  await (await parts.ingest()).flush();
}

const find = (findings: Finding[], part: string, name: string) =>
  findings.filter((finding) => finding.part === part && finding.name === name).map((
    { state, detail },
  ) => [state, detail]);
const broken = (findings: Finding[]) => findings.filter(({ state }) => state === "broken");

test("examine() finds nothing broken in a new workbench, and names every part in order", async () => {
  const findings = await examine(await workbench(), {});
  expect(broken(findings)).toEqual([]);
  expect([...new Set(findings.map(({ part }) => part))]).toEqual([
    "machine",
    "settings",
    "bus",
    "lake",
    "registry",
    "planes",
  ]);
  expect(find(findings, "lake", "put-if-absent")).toEqual([[
    "proved",
    "a second link(2) to the same name was refused",
  ]]);
});

test("examine() tells what waits, and counts what is complete", async () => {
  const root = await workbench("", 3);
  expect(find(await examine(root, {}), "topics", "rides")).toEqual([
    ["proved", "3 of 3 offsets are on the bus only; queries see them, ingest is to move them"],
  ]);
  await ingest(root);
  expect(find(await examine(root, {}), "topics", "rides")).toEqual([
    ["proved", "complete in the lake: 3 records = 3 rows + 0 that do not fit + 0 duplicates"],
  ]);
});

test("examine() finds a topic that was created anew, and still tells the rest", async () => {
  const root = await workbench("", 3);
  await ingest(root);
  await Deno.remove(join(root, "lake/bus"), { recursive: true });
  await using parts = openWorkbench(root);
  await (await parts.bus()).createTopic("rides");
  const findings = await examine(root, {});
  expect(broken(findings)).toEqual([{
    part: "topics",
    name: "rides",
    state: "broken",
    detail:
      'topic "rides", partition 0 was created anew, the lake has an older one up to offset 3: publish under another name',
  }]);
  expect(find(findings, "registry", "registry")).toEqual([["proved", "embedded, 0 models"]]);
  expect(find(findings, "registry", "one version of one content")[0]![0]).toBe("proved");
});

test("examine() asks a registry elsewhere, and says what it keeps there and that it is away", async () => {
  const root = await workbench();
  const dir = Deno.makeTempDirSync();
  await using handler = registryHandler({ store: await openStore({ kind: "directory", dir }), dir });
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, handler);
  const env = { BOATHOUSE_REGISTRY: `http://127.0.0.1:${server.addr.port}` };
  const findings = await examine(root, env);
  expect(broken(findings)).toEqual([]);
  expect(find(findings, "registry", "registry")).toEqual([
    ["proved", `MLflow at ${env.BOATHOUSE_REGISTRY}, 0 models`],
  ]);
  expect(find(findings, "registry", "one version of one content")[0]![0]).toBe("promised");
  await server.shutdown();
  const away = await examine(root, env);
  expect(broken(away)).toMatchObject([{ part: "registry", name: "registry" }]);
  expect(find(away, "lake", "put-if-absent")).toHaveLength(1);
}, 60_000);

test("examine() tells of the lake when the bus is away, and of the bus when the lake is", async () => {
  const root = await workbench("", 1);
  const noBus = await examine(root, { BOATHOUSE_BUS: "sqlite:boathouse.yaml" });
  expect(broken(noBus)).toMatchObject([{ part: "bus", name: "connection" }]);
  expect(find(noBus, "lake", "put-if-absent")).toHaveLength(1);
  const noLake = await examine(root, { BOATHOUSE_LAKE: "file:boathouse.yaml", BOATHOUSE_SIGNING_KEY: "k".repeat(32) });
  expect(broken(noLake)).toMatchObject([{ part: "lake", name: "connection" }]);
  expect(find(noLake, "bus", "duplicates of a producer")).toHaveLength(1);
});

test("examine() names a table whose log is damaged", async () => {
  const root = await workbench("", 1);
  await ingest(root);
  await Deno.writeTextFile(join(root, "lake/tables/rides/_delta_log/00000000000000000000.json"), "{");
  const found = broken(await examine(root, {}));
  expect(found.map(({ name }) => name)).toContain('table "rides"');
  expect(found[0]!.detail).toContain("00000000000000000000.json");
});

test("examine() refuses wrong settings and keys by name", async () => {
  const wrong = await examine(await workbench("buss: x"), {});
  expect(broken(wrong)).toMatchObject([{ part: "settings", name: "boathouse.yaml" }]);
  const root = await workbench();
  const short = await examine(root, { BOATHOUSE_SIGNING_KEY: "short" });
  expect(broken(short)).toEqual([
    {
      part: "settings",
      name: "signing key",
      state: "broken",
      detail: "BOATHOUSE_SIGNING_KEY must have at least 32 characters",
    },
  ]);
  const open = await examine(root, { BOATHOUSE_LISTEN_SERVING: "0.0.0.0:1" });
  expect(find(open, "settings", "signing key")[0]).toEqual([
    "broken",
    '"0.0.0.0" is no loopback address: set BOATHOUSE_SIGNING_KEY, or listen on 127.0.0.1',
  ]);
  await ingest(root);
  await Deno.chmod(join(root, "lake/registry/signing.key"), 0o644);
  expect(find(await examine(root, {}), "settings", "signing key")[0]![1]).toMatch(
    /can be read by others: chmod 600 it$/,
  );
});

const PRODUCT = `product: trains
owner: rail
businessCase: fewer waits
tasks: [T-1]
repositories: [.]
evaluation: { notebook: evaluate.ipynb, model: wait, thresholds: { rmse: { atMost: 10 } } }
`;

test(
  "examine() tells which models are promoted, whether they load, and which versions wait for a verdict",
  async () => {
    const root = await workbench();
    await Deno.mkdir(`${root}/notebooks/trains`, { recursive: true });
    await Deno.writeTextFile(`${root}/notebooks/trains/product.yaml`, PRODUCT);
    expect(find(await examine(root, {}), "registry", "verdicts on wait")).toEqual([
      ["promised", "no version is registered yet: run the notebook that logs it"],
    ]);
    await promoteOneOf(root, 8);
    const findings = await examine(root, {});
    expect(broken(findings)).toEqual([]);
    expect(find(findings, "registry", "verdicts on wait")).toEqual([[
      "promised",
      "versions 8, 7, 6, 5, 4 and 2 older of 8 wait for one: the role jobs gives it, or boathouse evaluate trains",
    ]]);
    await tagWait(root, "8", "failed: cell 3 failed");
    const failed = broken(await examine(root, {}));
    expect(failed).toEqual([{
      part: "registry",
      name: "evaluation of wait@8",
      state: "broken",
      detail: "failed: cell 3 failed; mend it, then run boathouse evaluate trains --model wait --version 8",
    }]);
    await tagWait(root, "8", "");
    expect(find(findings, "registry", "promoted wait@1")).toEqual([
      ["proved", expect.stringMatching(/^by ann; its artefacts load and have the digest [0-9a-f]{12}$/)],
    ]);
    for await (const { name } of Deno.readDir(`${root}/lake/objects`)) {
      await Deno.chmod(`${root}/lake/objects/${name}`, 0o644);
      await Deno.writeTextFile(`${root}/lake/objects/${name}`, "altered");
    }
    expect(broken(await examine(root, {}))).toEqual([{
      part: "registry",
      name: "promoted wait@1",
      state: "broken",
      detail: expect.stringContaining("must have the hash"),
    }]);
  },
  60_000,
);

async function tagWait(root: string, version: string, value: string): Promise<void> {
  await using parts = openWorkbench(root);
  await (await parts.models()).setTag(`wait@${version}`, "boathouse.verdict", value);
}

async function promoteOneOf(root: string, versions: number): Promise<void> {
  await using parts = openWorkbench(root);
  const [bus, store, models] = [await parts.bus(), await parts.store(), await parts.models()];
  for (let intercept = 0; intercept < versions; intercept++) {
    await models.log("wait", { onnx: buildOnnx({ intercept, slopes: { km: 1 } }), example: { km: 1 } });
  }
  await models.logMetrics("wait@1", { rmse: 1 });
  const run = { notebook: "evaluate.ipynb", run: "r", inputs: [], thresholds: { rmse: { atMost: 10 } } };
  await recordVerdict({ bus, store, models, key: parts.key, model: "wait@1", ...run });
  const around = { control: await parts.control(), pins: endpointPins(parts) };
  await promoteModel("wait@1", around, { by: "ann", why: "test" });
}

test("examine() says whether there is a webhook secret, never which", async () => {
  const root = await workbench(), secret = "a-secret-of-this-test";
  const of = async (env: Record<string, string>) => find(await examine(root, env), "settings", "webhook secret");
  expect(await of({})).toEqual([[
    "off",
    "BOATHOUSE_WEBHOOK_SECRET is not set: no webhook is taken, the registry is asked every five seconds",
  ]]);
  const findings = await examine(root, { BOATHOUSE_WEBHOOK_SECRET: secret });
  expect(find(findings, "settings", "webhook secret")).toEqual([["proved", "BOATHOUSE_WEBHOOK_SECRET is set"]]);
  expect(JSON.stringify(findings)).not.toContain(secret);
  expect(await of({ BOATHOUSE_WEBHOOK_SECRET: "short" })).toEqual([
    ["broken", "Cannot take webhooks as BOATHOUSE_WEBHOOK_SECRET must have at least 16 characters: got 5"],
  ]);
});
