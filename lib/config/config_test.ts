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
  expect(settings.bus).toEqual({ kind: "sqlite", dir: "/b" });
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
    "",
    { BOATHOUSE_REGISTRY: "mlflow" },
    RangeError,
    'registry "mlflow" from environment variable BOATHOUSE_REGISTRY as',
  ],
  [
    "registry: http://u:p@m:5000",
    {},
    RangeError,
    "must not hold names, passwords or keys: set the environment variables",
  ],
  ["models: { memoryMb: 1 }", {}, TypeError, 'boathouse.yaml:1:21 as settings: "models.memoryMb"'],
  ["registry: http://m/?x=1", {}, RangeError, "as it is no address: set"],
  ["registry: http://m", { MLFLOW_TRACKING_USERNAME: "u" }, RangeError, "set MLFLOW_TRACKING_PASSWORD"],
  ["", { BOATHOUSE_BUS: "carrier:pigeon" }, RangeError, "as the URL is not known"],
])("loadSettings() refuses %j %j", (yaml, env, type, message) => {
  const load = () => loadSettings(workbench(yaml), env);
  expect(load).toThrow(type);
  expect(load).toThrow(message);
});

const KEYS = { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "hush-hush" };

test("loadSettings() reads a bucket, its keys from the environment", () => {
  const dir = workbench("lake: s3://rides/lake/one?endpoint=http://127.0.0.1:9000&region=eu-west-1&cache=1.5GiB");
  expect(loadSettings(dir, { ...KEYS, AWS_SESSION_TOKEN: "t" }).lake).toEqual({
    kind: "s3",
    endpoint: "http://127.0.0.1:9000",
    region: "eu-west-1",
    bucket: "rides",
    prefix: "lake/one",
    credentials: { accessKeyId: "id", secretAccessKey: "hush-hush", sessionToken: "t" },
    dir: `${dir}/lake`,
    cacheBytes: 1.5 * 1024 ** 3,
  });
});

test("loadSettings() finds Amazon's endpoint by the region, and keeps local parts local", () => {
  const settings = loadSettings(workbench("lake: s3://rides/"), { ...KEYS, AWS_REGION: "eu-west-3" });
  expect(settings.lake).toMatchObject({
    endpoint: "https://s3.eu-west-3.amazonaws.com",
    region: "eu-west-3",
    prefix: "",
  });
  expect(lakePaths(settings).registry).toBe(`${settings.root}/lake/registry`);
});

test("loadSettings() reads brokers, name and password from the environment", () => {
  const dir = workbench("bus: kafka://a.b:9092,[::1]:9093?tls=true");
  expect(loadSettings(dir, {}).bus).toEqual({ kind: "kafka", brokers: ["a.b:9092", "[::1]:9093"], tls: true });
  const env = { BOATHOUSE_KAFKA_USERNAME: "u", BOATHOUSE_KAFKA_PASSWORD: "p" };
  expect(loadSettings(dir, env).bus).toMatchObject({
    sasl: { mechanism: "SCRAM-SHA-512", username: "u", password: "p" },
  });
  expect(loadSettings(dir, { ...env, BOATHOUSE_KAFKA_MECHANISM: "PLAIN" }).bus).toMatchObject({
    sasl: { mechanism: "PLAIN" },
  });
});

test.each<[string, Record<string, string>, string]>([
  ["lake: s3://rides", {}, "as its keys must be in the environment: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"],
  ["lake: s3://rides", { AWS_ACCESS_KEY_ID: "id" }, "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"],
  ["lake: s3://", KEYS, 'as "" is no name of a bucket'],
  ["lake: s3:rides", KEYS, 'as "" is no name of a bucket'],
  ["lake: s3://Rides", KEYS, 'as "Rides" is no name of a bucket'],
  ["lake: s3://rides/../x", KEYS, "as a prefix consists of"],
  ["lake: s3://rides//x", KEYS, "as a prefix consists of"],
  ["lake: s3://rides/a%20b", KEYS, "as a prefix consists of"],
  ["lake: s3://rides?endpoint=ftp://h", KEYS, 'as "ftp://h" is no endpoint'],
  ["lake: s3://rides?endpoint=http://h/path", KEYS, 'as "http://h/path" is no endpoint'],
  ["lake: s3://rides?region=EU", KEYS, 'as "EU" is no region'],
  ["lake: s3://rides?cache=ten", KEYS, 'as "ten" is no size of a cache'],
  ["lake: s3://rides?cashe=1GiB", KEYS, 'as the parameter "cashe" is not known'],
  ["lake: s3://rides?region=a&region=b", KEYS, 'as the parameter "region" is given twice'],
  ["lake: s3+http://rides", KEYS, "as the URL is not known"],
  ["bus: kafka://", {}, "as it names no brokers"],
  ["bus: kafka://h", {}, "as it names no brokers"],
  ["bus: kafka://h:1,,h:2", {}, "as it names no brokers"],
  ["bus: kafka://h:99999", {}, "as it names no brokers"],
  ["bus: kafka://h:1?tls=maybe", {}, "as tls is true or false"],
  ["bus: kafka://h:1?acks=1", {}, 'as the parameter "acks" is not known'],
  [
    "bus: kafka://h:1",
    { BOATHOUSE_KAFKA_USERNAME: "u" },
    "set both BOATHOUSE_KAFKA_USERNAME and BOATHOUSE_KAFKA_PASSWORD",
  ],
  [
    "bus: kafka://h:1",
    { BOATHOUSE_KAFKA_USERNAME: "u", BOATHOUSE_KAFKA_PASSWORD: "p", BOATHOUSE_KAFKA_MECHANISM: "GSSAPI" },
    'by "GSSAPI" as this version knows SCRAM-SHA-512',
  ],
])("loadSettings() refuses %j with its way out", (yaml, env, message) => {
  const load = () => loadSettings(workbench(yaml), env);
  expect(load).toThrow(RangeError);
  expect(load).toThrow(message);
});

test.each([
  "lake: s3://id:hush-hush@rides/lake",
  "lake: s3://rides?secret_access_key=hush-hush",
  "lake: s3://rides?endpoint=http://h:1&AWS_SESSION_TOKEN=hush-hush",
  "bus: kafka://me:hush-hush@h:9092",
  "bus: kafka://h:9092?password=hush-hush",
])("loadSettings() refuses the secret in %j and does not repeat it", (yaml) => {
  const error = (() => {
    try {
      return loadSettings(workbench(yaml), KEYS);
    } catch (error) {
      return error as Error;
    }
  })();
  expect(error).toBeInstanceOf(RangeError);
  expect((error as Error).message).toContain("as a URL must not hold names, passwords or keys: set the environment");
  expect((error as Error).message).not.toContain("hush");
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
  expect(trains!.freshness).toEqual({ warnMs: 7 * 86_400_000, failMs: 30 * 86_400_000 });
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
  [
    `${PRODUCT}freshness: { warn: soon, fail: 1d }`,
    TypeError,
    'product.yaml:6:20 as product: "freshness.warn" must be an age such as 7d or 12h: got "soon"',
  ],
  [`${PRODUCT}freshness: { fail: 7 }`, TypeError, 'as product: "freshness.fail" must be an age such as 7d or 12h'],
  [`${PRODUCT}freshness: { warn: 0d }`, TypeError, '"freshness.warn" must be an age such as 7d or 12h: got "0d"'],
  [`${PRODUCT}freshness: { warn: 1d, fail: 12h }`, TypeError, '"freshness.warn" must be at most fail'],
  [`${PRODUCT}freshness: { warn: 1d, old: 12h }`, TypeError, '"freshness.old" is not a known key'],
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

test("loadSettings() reads a registry elsewhere, its login from the environment alone", () => {
  const registry = (env: Record<string, string>) =>
    loadSettings(workbench("registry: https://mlflow.example/path/"), env).registry;
  const url = "https://mlflow.example/path";
  expect(registry({})).toEqual({ kind: "mlflow", url, login: null });
  expect(registry({ MLFLOW_TRACKING_TOKEN: "t", MLFLOW_TRACKING_USERNAME: "u" })).toEqual({
    kind: "mlflow",
    url,
    login: { kind: "token", token: "t" },
  });
  expect(registry({ MLFLOW_TRACKING_USERNAME: "u", MLFLOW_TRACKING_PASSWORD: "p" })).toEqual({
    kind: "mlflow",
    url,
    login: { kind: "password", username: "u", password: "p" },
  });
});

test("loadSettings() reads how much memory loaded models may take, 1 GiB unless told", () => {
  expect(loadSettings(workbench(""), {}).models).toEqual({ memoryMb: 1024 });
  expect(loadSettings(workbench("models: { memoryMb: 256 }"), {}).models).toEqual({ memoryMb: 256 });
});
