import type { Bus } from "../../lib/bus/mod.ts";
import { listProducts, loadSettings, pathExists, type Settings, signingKey } from "../../lib/config/mod.ts";
import type { Models } from "../../lib/models/mod.ts";
import type { Store } from "../../lib/store/mod.ts";
import { newestRecord, topicLag } from "./bus.ts";
import { attempt, type Finding, PARTS } from "./finding.ts";
import { key, keyPath } from "./key.ts";
import { tables } from "./lake.ts";
import { clock, denoVersion, disk } from "./machine.ts";
import { promotedModels, waitingVersions } from "./models.ts";
import { plane } from "./planes.ts";
import { openRegistry, registry } from "./registry.ts";
import { webhooks } from "./webhooks.ts";

const BROKER_WAIT_MS = 8_000; // somebody waits for the answer

/**
 * Examines a workbench: what each part has proved, what it only promises, and what is broken. What cannot be reached
 * does not keep the rest from being told.
 *
 * @param root folder that holds boathouse.yaml
 * @param env environment variables
 * @returns findings, by part
 * @example
 * ```ts
 * import { examine } from "./examine.ts";
 * const root = await Deno.makeTempDir();
 * await Deno.writeTextFile(`${root}/boathouse.yaml`, "listen: { control: '127.0.0.1:1', serving: '127.0.0.1:1' }");
 * const findings = await examine(root, {});
 * if (findings.some(({ state }) => state === "broken")) throw new Error(JSON.stringify(findings));
 * ```
 */
export async function examine(root: string, env: Record<string, string>): Promise<Finding[]> {
  let settings: Settings | undefined;
  const first = [
    ...await attempt("machine", "Deno", () => Promise.resolve([denoVersion(Deno.version.deno)])),
    ...await attempt("settings", "boathouse.yaml", () => {
      settings = loadSettings(root, env);
      return Promise.resolve([{ name: "boathouse.yaml", state: "proved", detail: `read, of ${root}` }]);
    }),
  ];
  if (!settings) return first;
  const { listen } = settings;
  const findings = [
    ...first,
    ...await attempt("settings", "signing key", async () => [await key(settings!, env)]),
    ...await attempt("settings", "webhook secret", () => Promise.resolve([webhooks(env)])),
    ...await examineParts(settings, env),
    ...await attempt("planes", "control", async () => [await plane("control", listen)]),
    ...await attempt("planes", "serving", async () => [await plane("serving", listen)]),
  ];
  return PARTS.flatMap((part) => findings.filter((finding) => finding.part === part));
}

async function examineParts(settings: Settings, env: Record<string, string>): Promise<Finding[]> {
  await using parts = new AsyncDisposableStack();
  let bus: Bus | undefined, store: Store | undefined;
  const [ofBus, ofLake] = await Promise.all([
    attempt("bus", "connection", async () => {
      const { openBus } = await import("../../lib/bus/mod.ts");
      bus = parts.use(await openBus(settings.bus, { brokerWaitMs: BROKER_WAIT_MS, onRetry: () => {} }));
      const topics = await bus.topics();
      return [
        { name: "connection", state: "proved", detail: `${bus.url}, ${topics.length} topics` },
        ...await bus.guarantees(),
      ];
    }),
    attempt("lake", "connection", async () => {
      const { openStore } = await import("../../lib/store/mod.ts");
      store = await openStore(settings.lake);
      return [{ name: "connection", state: "proved", detail: store.url }, ...await store.guarantees()];
    }),
  ]);
  return [
    ...(bus ? await attempt("machine", "clock", async () => [clock(Date.now(), await newestRecord(bus!))]) : []),
    ...await attempt("machine", "disk", () => Promise.resolve([disk(settings.lake.dir)])),
    ...ofBus,
    ...ofLake,
    ...(store ? await attempt("lake", "tables", () => tables(store!)) : []),
    ...(bus && store ? await topics(bus, store) : []),
    ...(store ? await examineModels({ settings, env, store, ...(bus && { bus }) }) : []),
  ];
}

/** A registry that is away is told of once. */
async function examineModels(
  { settings, env, store, bus }: { settings: Settings; env: Record<string, string>; store: Store; bus?: Bus },
): Promise<Finding[]> {
  await using parts = new AsyncDisposableStack();
  let models: Models | undefined;
  const found = await attempt("registry", "registry", async () => {
    const opened = parts.use(await openRegistry(settings, store));
    const findings = await registry(opened, settings.registry);
    models = opened;
    return findings;
  });
  if (!models) return found;
  const known = models;
  const products = () => waitingVersions(known, store, listProducts(settings.root));
  return [
    ...found,
    ...await attempt("registry", "verdicts", products),
    ...(bus ? await attempt("registry", "promoted models", () => promoted(known, bus, settings, env)) : []),
  ];
}

async function promoted(
  models: Models,
  bus: Bus,
  settings: Settings,
  env: Record<string, string>,
): Promise<Omit<Finding, "part">[]> {
  // Opening would make the topic, and a key to read it with.
  const isKnown = env.BOATHOUSE_SIGNING_KEY !== undefined || await pathExists(keyPath(settings));
  if (!isKnown || !(await bus.topics()).some(({ topic }) => topic === "control")) return [];
  const { openControl } = await import("../../lib/control/mod.ts");
  await using control = await openControl({ bus, key: signingKey(settings, env), onAlert: () => {} });
  return await promotedModels(models, (await control.state()).models);
}

async function topics(bus: Bus, store: Store): Promise<Finding[]> {
  const infos = await bus.topics();
  return (await Promise.all(infos.map((info) => attempt("topics", info.topic, () => topicLag(bus, store, info)))))
    .flat();
}
