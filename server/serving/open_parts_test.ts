import { expect, test } from "vitest";
import { loadSettings } from "../../lib/config/mod.ts";
import { buildOnnx, openModels, registryHandler } from "../../lib/models/mod.ts";
import { openStore } from "../../lib/store/mod.ts";
import { KEY, openTestWorkbench } from "./_test_workbench.ts";
import { NO_FAULTS } from "./faults.ts";
import { openParts } from "./open_parts.ts";

test("openParts() reads models from the registry that boathouse.yaml names", async () => {
  await using bench = await openTestWorkbench();
  await using elsewhere = new AsyncDisposableStack();
  const dir = await Deno.makeTempDir();
  elsewhere.defer(() => Deno.remove(dir, { recursive: true }));
  const registry = elsewhere.use(registryHandler({ store: await openStore({ kind: "directory", dir }), dir }));
  const server = elsewhere.use(Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, registry));
  const url = `http://127.0.0.1:${server.addr.port}`;
  await using remote = await openModels({ store: bench.store, dir, remote: { url, login: null } });
  await remote.log("there", { onnx: buildOnnx({ intercept: 1, slopes: { x: 1 } }), example: { x: 1 } });
  await Deno.writeTextFile(`${bench.root}/boathouse.yaml`, `registry: ${url}\n`);
  await using stack = new AsyncDisposableStack();
  const settings = loadSettings(bench.root, {});
  const { models } = await openParts({ settings, key: KEY, name: "n", faults: () => NO_FAULTS, report() {} }, stack);
  expect(await models.get("there@1")).toMatchObject({ name: "there", version: "1" });
});
