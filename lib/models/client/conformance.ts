import { expect, test } from "vitest";
import { takeInventory } from "../find_version.ts";
import type { RegistryClient } from "./registry_client.ts";

/** Gives a client of the registry under test; other tests may have written to it. */
export type OpenRegistry = () => Promise<{ client: RegistryClient } & AsyncDisposable>;

const unique = (prefix: string) => `${prefix}-${crypto.randomUUID().slice(0, 8)}`;
const codeOf = (promise: Promise<unknown>) => promise.then(() => "none", (error) => error.code);

async function newRun(client: RegistryClient, name = "r") {
  const experiment = await client.createExperiment(unique("e"), { tags: { team: "rail" } });
  const { info } = await client.createRun(experiment, { name, startMs: 1000 });
  return { experiment, runId: info.run_id, root: info.artifact_uri };
}

/**
 * The contract of a model registry as tests, one suite for the embedded one and for MLflow.
 *
 * @param open gives a client
 */
export function registryConformance(open: OpenRegistry): void {
  test("experiments are made, found, renamed, tagged, deleted and restored", async () => {
    await using bench = await open();
    const { client } = bench;
    const name = unique("e");
    const id = await client.createExperiment(name, { tags: { a: "b" } });
    expect(await client.ensureExperiment(name)).toBe(id);
    expect(await codeOf(client.createExperiment(name))).toBe("RESOURCE_ALREADY_EXISTS");
    expect((await client.getExperiment(id)).tags).toEqual({ a: "b" });
    await client.renameExperiment(id, `${name}-2`);
    await client.setExperimentTag(id, "k", name);
    await client.deleteExperimentTag(id, "a");
    const found = await Array.fromAsync(client.searchExperiments({ filter: `tags.k = '${name}'` }));
    expect(found.map((one) => [one.experiment_id, one.name, one.tags])).toEqual([[id, `${name}-2`, { k: name }]]);
    await client.deleteExperiment(id);
    expect((await client.getExperimentByName(`${name}-2`)).lifecycle_stage).toBe("deleted");
    await client.restoreExperiment(id);
    expect((await client.getExperiment(id)).lifecycle_stage).toBe("active");
    expect(await codeOf(client.getExperiment("999999999"))).toBe("RESOURCE_DOES_NOT_EXIST");
  });

  test("runs keep metrics, parameters and tags, and their histories", async () => {
    await using bench = await open();
    const { client } = bench;
    const { runId } = await newRun(client);
    const metrics = Array.from({ length: 1500 }, (_, step) => ({ key: "m", value: step / 4, timestamp: step, step }));
    const params = Object.fromEntries(Array.from({ length: 120 }, (_, i) => [`p${i}`, `${i}`]));
    await client.logBatch(runId, { metrics, params, tags: { t: "ä" } });
    await client.logBatch(runId, { metrics: [{ key: "nan", value: NaN, timestamp: 1, step: 0 }], params });
    const { data } = await client.getRun(runId);
    expect(data.metrics.find(({ key }) => key === "m")).toEqual(metrics.at(-1));
    expect(data.metrics.find(({ key }) => key === "nan")?.value).toBeNaN();
    expect([Object.keys(data.params).length, data.tags.t]).toEqual([120, "ä"]);
    expect(await codeOf(client.logBatch(runId, { params: { p0: "other" } }))).toBe("INVALID_PARAMETER_VALUE");
    expect(await Array.fromAsync(client.metricHistory(runId, "m", { pageRows: 400 }))).toEqual(metrics);
    await client.setRunTag(runId, "t", "b");
    await client.deleteRunTag(runId, "t");
    expect(await codeOf(client.deleteRunTag(runId, "t"))).toBe("RESOURCE_DOES_NOT_EXIST");
    await client.endRun(runId, "FINISHED", 2000);
    expect((await client.getRun(runId)).info.status).toBe("FINISHED");
  });

  test("runs are found by filter, in order, page after page, deleted ones on demand", async () => {
    await using bench = await open();
    const { client } = bench;
    const experiment = await client.createExperiment(unique("e"));
    for (const [i, rmse] of [3, 1, 2].entries()) {
      const { info } = await client.createRun(experiment, { name: `r${i}`, startMs: i, tags: { kind: `k${i % 2}` } });
      await client.logBatch(info.run_id, {
        metrics: [{ key: "rmse", value: rmse, timestamp: 0, step: 0 }],
        params: { "a b": "Ridge" },
      });
    }
    const names = async (filter: string, orderBy = ["metrics.rmse"]) =>
      (await Array.fromAsync(client.searchRuns([experiment], { filter, orderBy, pageRows: 1 })))
        .map(({ data }) => data.tags["mlflow.runName"]);
    expect(await names("")).toEqual(["r1", "r2", "r0"]);
    expect(await names("metrics.rmse > 1.5 AND tags.kind = 'k0'", ["metrics.rmse DESC"])).toEqual(["r0", "r2"]);
    expect(await names("params.`a b` LIKE 'R%' and start_time >= 1")).toEqual(["r1", "r2"]);
    expect(await names("params.`a b` ILIKE 'rIDGE' and attributes.run_name != 'r0'")).toEqual(["r1", "r2"]);
    expect(await codeOf(names("metrics.rmse > 'x'"))).toBe("INVALID_PARAMETER_VALUE");
    expect(await codeOf(names("rmse >"))).toBe("INVALID_PARAMETER_VALUE");
    const [first] = await Array.fromAsync(client.searchRuns([experiment]));
    await client.deleteRun(first!.info.run_id);
    const deleted = await Array.fromAsync(client.searchRuns([experiment], { viewType: "DELETED_ONLY" }));
    expect(deleted.map(({ info }) => info.run_id)).toEqual([first!.info.run_id]);
    await client.restoreRun(first!.info.run_id);
    expect(await Array.fromAsync(client.searchRuns([experiment]))).toHaveLength(3);
  });

  test("artifacts are stored, listed through folders, read and removed", async () => {
    await using bench = await open();
    const { client } = bench;
    const { runId, root } = await newRun(client);
    const bytes = new Uint8Array(300_000).map((_, i) => i * 7);
    await client.putArtifact(`${root}/model/deep/ä b.bin`, bytes);
    await client.putArtifact(`${root}/top.txt`, new TextEncoder().encode("top"));
    const listed = await Array.fromAsync(client.listArtifacts(runId));
    expect(listed.toSorted((a, b) => (a.path < b.path ? -1 : 1))).toEqual([
      { path: "model/deep/ä b.bin", bytes: 300_000, isFolder: false },
      { path: "top.txt", bytes: 3, isFolder: false },
    ]);
    expect(await client.getArtifact(`${root}/model/deep/ä b.bin`)).toEqual(bytes);
    expect(
      new Uint8Array(await new Response(await client.downloadArtifact(`${root}/model/deep/ä b.bin`)).arrayBuffer()),
    )
      .toEqual(bytes);
    await client.deleteArtifact(`${root}/model`);
    expect((await Array.fromAsync(client.listArtifacts(runId))).map(({ path }) => path)).toEqual(["top.txt"]);
    expect(await codeOf(client.getArtifact(`${root}/model/deep/ä b.bin`))).toBe("RESOURCE_DOES_NOT_EXIST");
  });

  test("models are made, found, described, renamed, tagged and deleted", async () => {
    await using bench = await open();
    const { client } = bench;
    const name = unique("it's");
    await client.createModel(name, { description: "words", tags: { a: "b" } });
    await client.ensureModel(name);
    expect(await codeOf(client.createModel(name))).toBe("RESOURCE_ALREADY_EXISTS");
    await client.updateModel(name, "other words");
    await client.setModelTag(name, "k", name.slice(5));
    await client.deleteModelTag(name, "a");
    const found = await client.searchModels({ filter: `tags.k = '${name.slice(5)}'` });
    expect(found.map((one) => [one.name, one.description, one.tags])).toEqual([
      [name, "other words", { k: name.slice(5) }],
    ]);
    await client.renameModel(name, `${name}-2`);
    expect(await codeOf(client.getModel(name))).toBe("RESOURCE_DOES_NOT_EXIST");
    await client.deleteModel(`${name}-2`);
    expect(await codeOf(client.deleteModel(`${name}-2`))).toBe("RESOURCE_DOES_NOT_EXIST");
    expect(await codeOf(client.createModel("a/b"))).toBe("INVALID_PARAMETER_VALUE");
  });

  test("versions are numbered, found, tagged, named by aliases, and their numbers never used again", async () => {
    await using bench = await open();
    const { client } = bench;
    const name = unique("m");
    const { runId, root } = await newRun(client);
    await client.createModel(name);
    const source = `${root}/model`;
    for (const digest of ["d1", "d2"]) {
      const { version } = await client.createVersion({ name, source, runId, tags: { "boathouse.digest": digest } });
      expect((await client.awaitVersion(name, version)).status).toBe("READY");
    }
    expect(await client.getDownloadUri(name, "1")).toBe(source);
    const byDigest = await Array.fromAsync(
      client.searchVersions(`name = '${name}' and tags.\`boathouse.digest\` = 'd2'`),
    );
    expect(byDigest.map(({ version }) => version)).toEqual(["2"]);
    await client.setVersionTag(name, "1", "k", "v");
    await client.deleteVersionTag(name, "1", "boathouse.digest");
    await client.updateVersion(name, "1", "words");
    expect(await client.getVersion(name, "1")).toMatchObject({ tags: { k: "v" }, description: "words", run_id: runId });
    await client.setAlias(name, "champion", "1");
    await client.setAlias(name, "champion", "2");
    expect(await client.getVersionByAlias(name, "champion")).toMatchObject({ version: "2", aliases: ["champion"] });
    expect((await client.getModel(name)).aliases).toEqual([{ alias: "champion", version: "2" }]);
    expect(await codeOf(client.setAlias(name, "latest", "1"))).toBe("INVALID_PARAMETER_VALUE");
    const inOrder = client.searchVersions(`name = '${name}'`, { orderBy: ["version_number ASC"], pageRows: 1 });
    expect((await Array.fromAsync(inOrder)).map(({ version }) => version)).toEqual(["1", "2"]);
    await client.deleteVersion(name, "2");
    expect(await codeOf(client.getVersionByAlias(name, "champion"))).toBe("INVALID_PARAMETER_VALUE");
    await client.deleteAlias(name, "champion");
    const { version } = await client.createVersion({ name, source, runId, tags: {} });
    expect(version).toBe("3");
  });

  test("takeInventory() lists every version and alias, of versions made at once too, page after page", async () => {
    await using bench = await open();
    const { client } = bench;
    const [name, bare] = [unique("it's"), unique("bare")];
    const { runId, root } = await newRun(client);
    const add = () => client.createVersion({ name, source: `${root}/model`, runId, tags: {} });
    for (const model of [name, bare]) await client.createModel(model);
    await Promise.all([add(), add(), add()]);
    await client.setVersionTag(name, "3", "boathouse.digest", "d3");
    await client.setAlias(name, "champion", "2");
    await client.deleteVersion(name, "1");
    for (const pageRows of [1, 1000]) {
      const found = await takeInventory(client, { pageRows });
      expect(found.get(name)).toEqual({
        versions: new Map([["2", null], ["3", "d3"]]),
        aliases: new Map([["champion", "2"]]),
        failed: new Map(),
      });
      expect(found.get(bare)).toEqual({ versions: new Map(), aliases: new Map(), failed: new Map() });
    }
  });
}
