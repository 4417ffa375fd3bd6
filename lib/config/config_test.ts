import { expect, test } from "vitest";
import { findRoot, isLoopback, lakePaths, listProducts, loadProduct, loadSettings, signingKey } from "./mod.ts";

function workbench(yaml = ""): string {
  const dir = Deno.makeTempDirSync();
  Deno.writeTextFileSync(`${dir}/boathouse.yaml`, yaml);
  return dir;
}

function product(yaml: string, files: Record<string, string> = {}): string {
  const dir = workbench();
  Deno.mkdirSync(`${dir}/notebooks/trains`, { recursive: true });
  for (const [name, text] of Object.entries({ "product.yaml": yaml, ...files })) {
    Deno.writeTextFileSync(`${dir}/notebooks/trains/${name}`, text);
  }
  return dir;
}

const PRODUCT = "product: trains\nowner: rail\nbusinessCase: fewer waits\ntasks: [T-1]\nrepositories: [.]\n";

test("loadSettings() fills defaults relative to the workbench", () => {
  const dir = workbench();
  const settings = loadSettings(dir, {});
  expect(settings.bus).toEqual({ kind: "sqlite", dir: `${dir}/lake/bus` });
  expect(settings.listen.serving).toEqual({ hostname: "127.0.0.1", port: 8401 });
  expect(lakePaths(settings).tables).toBe(`${dir}/lake/tables`);
});

test("loadSettings() lets the environment override the file", () => {
  const settings = loadSettings(workbench("bus: sqlite:a"), {
    BOATHOUSE_BUS: "sqlite:/b",
    BOATHOUSE_LISTEN_SERVING: "[::1]:0",
  });
  expect(settings.bus.dir).toBe("/b");
  expect(settings.listen.serving).toEqual({ hostname: "::1", port: 0 });
});

test.each<[string, Record<string, string>, ErrorConstructor, string]>([
  ["buss: x", {}, TypeError, 'Cannot read boathouse.yaml:1:7 as settings: "buss" is not a known key'],
  ["bus: [", {}, SyntaxError, "Cannot read boathouse.yaml:1:7 as YAML: "],
  ["a: 1\na: 2", {}, SyntaxError, "Cannot read boathouse.yaml:2:1 as YAML: Map keys must be unique"],
  ["listen: { control: 5 }", {}, TypeError, 'boathouse.yaml:1:20 as settings: "listen.control" expected string'],
  [
    "listen: { control: nowhere }",
    {},
    RangeError,
    'Cannot listen on "nowhere" from boathouse.yaml as it is no HOST:PORT',
  ],
  [
    "bus: kafka://h:1",
    {},
    RangeError,
    'Cannot use bus "kafka://h:1" from boathouse.yaml as Kafka is not in this version',
  ],
  [
    "lake: s3://b",
    {},
    RangeError,
    'Cannot use lake "s3://b" from boathouse.yaml as S3 is not in this version: set "file:FOLDER"',
  ],
  [
    "",
    { BOATHOUSE_REGISTRY: "http://m:5000" },
    RangeError,
    "from environment variable BOATHOUSE_REGISTRY as a remote MLflow",
  ],
  ["", { BOATHOUSE_BUS: "carrier:pigeon" }, RangeError, "as the URL is not known"],
])("loadSettings() refuses %j %j", (yaml, env, type, message) => {
  const load = () => loadSettings(workbench(yaml), env);
  expect(load).toThrow(type);
  expect(load).toThrow(message);
});

test("loadSettings() refuses a YAML bomb", () => {
  const bomb = ["a: &a [x,x,x,x,x,x,x,x,x]"];
  for (const name of "bcdefgh") {
    const last = String.fromCharCode(name.charCodeAt(0) - 1);
    bomb.push(`${name}: &${name} [${Array(9).fill(`*${last}`).join(",")}]`);
  }
  expect(() => loadSettings(workbench(bomb.join("\n")), {})).toThrow(/Excessive alias count/);
});

test("findRoot() walks upward and says when there is none", () => {
  const dir = workbench();
  Deno.mkdirSync(`${dir}/a/b`, { recursive: true });
  expect(findRoot(`${dir}/a/b`)).toBe(dir);
  expect(() => findRoot("/")).toThrow('Cannot find a workbench at "/" as no folder upward holds boathouse.yaml');
});

test("signingKey() makes one key, readable by the owner alone", () => {
  const settings = loadSettings(workbench(), {});
  const key = signingKey(settings, {});
  expect(key).toMatch(/^[0-9a-f]{64}$/);
  expect(signingKey(settings, {})).toBe(key);
  expect(Deno.statSync(`${lakePaths(settings).registry}/signing.key`).mode! & 0o777).toBe(0o600);
  expect([...Deno.readDirSync(lakePaths(settings).registry)].map((entry) => entry.name)).toEqual(["signing.key"]);
});

test("signingKey() demands a key off loopback and a long one anywhere", () => {
  const open = loadSettings(workbench(), { BOATHOUSE_LISTEN_CONTROL: "0.0.0.0:8400" });
  expect(() => signingKey(open, {})).toThrow('Cannot listen on "0.0.0.0" as no signing key is set');
  expect(() => signingKey(open, { BOATHOUSE_SIGNING_KEY: "short" })).toThrow(RangeError);
  expect(signingKey(open, { BOATHOUSE_SIGNING_KEY: "k".repeat(32) })).toBe("k".repeat(32));
  expect([isLoopback("127.8.9.1"), isLoopback("localhost"), isLoopback("127.example.org")]).toEqual([
    true,
    true,
    false,
  ]);
});

test("loadProduct() reads topics with their schemas", () => {
  const dir = product(`${PRODUCT}topics: { rides: { type: trains.ride.v1, schema: ride.json, key: /line } }`, {
    "ride.json": '{"type":"object"}',
  });
  const [trains] = listProducts(dir);
  expect(trains!.topics.rides).toEqual({
    type: "trains.ride.v1",
    schema: { type: "object" },
    schemaFile: "ride.json",
    key: "/line",
    partitions: 1,
  });
  expect(trains!.freshness).toEqual({ warn: "7d", fail: "30d" });
});

test.each<[string, ErrorConstructor, string]>([
  ["product: trains", TypeError, '"owner" is missing'],
  [PRODUCT.replace("rail", "''"), TypeError, '"owner" must not be empty'],
  [
    `${PRODUCT}topics: { r: { type: nope, schema: s.json, key: /a } }`,
    TypeError,
    '"topics.r.type" must look like name.thing.v1',
  ],
  [
    `${PRODUCT}topics: { r: { type: a.b.v1, schema: s.json, key: /a } }`,
    Error,
    'the schema of topic "r" is missing: "s.json"',
  ],
  [`${PRODUCT}topics: { r: { type: a.b.v1, schema: ../../x, key: /a } }`, Error, "lies outside the product's folder"],
  [
    `${PRODUCT}topics: { r: { type: a.b.v1, schema: bad.json, key: /a } }`,
    SyntaxError,
    'Cannot read "bad.json" as the JSON Schema',
  ],
  [`${PRODUCT}evaluation: { notebook: a, model: m, thresholds: { rmse: {} } }`, TypeError, "needs atMost or atLeast"],
  [`${PRODUCT}freshness: { warn: soon, fail: 1d }`, TypeError, "must be a number of days such as 7d"],
])("loadProduct() refuses %j", (yaml, type, message) => {
  const dir = product(yaml, { "bad.json": "{" });
  const load = () => loadProduct(`${dir}/notebooks/trains/product.yaml`);
  expect(load).toThrow(type);
  expect(load).toThrow(message);
});

test("listProducts() refuses a product under another folder's name", () => {
  expect(() => listProducts(product(PRODUCT.replace("trains", "ships")))).toThrow(
    `"product" must be the folder's name "trains", got "ships"`,
  );
});
