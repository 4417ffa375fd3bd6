import type { Bus } from "../../lib/bus/mod.ts";
import { loadSettings, type Settings } from "../../lib/config/mod.ts";
import type { Store } from "../../lib/store/mod.ts";
import { newestRecord, topicLag } from "./bus.ts";
import { attempt, type Finding, PARTS } from "./finding.ts";
import { key } from "./key.ts";
import { tables } from "./lake.ts";
import { clock, denoVersion, disk } from "./machine.ts";
import { plane } from "./planes.ts";
import { registry } from "./registry.ts";

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
    ...await examineParts(settings),
    ...await attempt("planes", "control", async () => [await plane("control", listen)]),
    ...await attempt("planes", "serving", async () => [await plane("serving", listen)]),
  ];
  return PARTS.flatMap((part) => findings.filter((finding) => finding.part === part));
}

async function examineParts(settings: Settings): Promise<Finding[]> {
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
    ...(store ? await attempt("registry", "registry", () => registry(settings, store!)) : []),
  ];
}

async function topics(bus: Bus, store: Store): Promise<Finding[]> {
  const infos = await bus.topics();
  return (await Promise.all(infos.map((info) => attempt("topics", info.topic, () => topicLag(bus, store, info)))))
    .flat();
}
