import { expect, test } from "vitest";
import { canonicalJson, sha256 } from "../events/mod.ts";
import { openStore } from "../store/mod.ts";
import { loadBundle, nameManifest, partPath, readManifest } from "./manifest.ts";

const CODE = "export default () => 1";
const FACTS = {
  schema: 1 as const,
  name: "f",
  bundle: sha256(CODE),
  input: { type: "object" },
  output: {},
  models: { m: "delay@1" },
  lookups: {},
  hosts: {},
  permissions: [],
  budgetMs: 30,
  memoryBytes: 2 ** 20,
};

async function stored(manifest: object, code = CODE, hash = nameManifest(FACTS).hash) {
  const store = await openStore({ kind: "directory", dir: await Deno.makeTempDir() });
  await store.put(partPath(hash, "manifest.json"), new TextEncoder().encode(canonicalJson(manifest)));
  await store.put(partPath(hash, "bundle.js"), new TextEncoder().encode(code));
  return { store, hash };
}

test("nameManifest() names what answers depend on, and nothing else", () => {
  const { hash } = nameManifest(FACTS);
  expect(nameManifest({ ...FACTS, name: "g" }).hash).toBe(hash);
  for (
    const change of [{ bundle: "0" }, { budgetMs: 31 }, { models: { m: "delay@2" } }, { output: { type: "null" } }]
  ) {
    expect(nameManifest({ ...FACTS, ...change }).hash).not.toBe(hash);
  }
});

test("readManifest() and loadBundle() give back what was promoted", async () => {
  const manifest = nameManifest(FACTS);
  const { store, hash } = await stored(manifest);
  expect(await readManifest(store, hash)).toEqual(manifest);
  expect(await loadBundle(store, manifest)).toBe(CODE);
});

test("readManifest() and loadBundle() refuse what was altered", async () => {
  const manifest = nameManifest(FACTS);
  const altered = await stored({ ...manifest, budgetMs: 9999 });
  await expect(readManifest(altered.store, altered.hash)).rejects.toThrow(
    "as its manifest was altered: promote it again",
  );
  const { store } = await stored(manifest, "export default () => 2");
  await expect(loadBundle(store, manifest)).rejects.toThrow("as its bundle was altered: promote it again");
});

test("readManifest() refuses a version that is not there", async () => {
  const { store } = await stored(nameManifest(FACTS));
  await expect(readManifest(store, "f".repeat(64))).rejects.toThrow(RangeError);
  await expect(readManifest(store, "../../etc/passwd")).rejects.toThrow(
    'Cannot find function version "../../etc/passwd" as it is no SHA-256',
  );
});
