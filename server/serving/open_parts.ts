import { join } from "node:path";
import { type Bus, openBus } from "../../lib/bus/mod.ts";
import { lakePaths, type Settings } from "../../lib/config/mod.ts";
import { type Control, loadState, openControl } from "../../lib/control/mod.ts";
import { type Models, openModels } from "../../lib/models/mod.ts";
import { openStore, type Store } from "../../lib/store/mod.ts";
import { registryOptions } from "../../lib/workbench/mod.ts";
import { type EventWriter, openEventWriter } from "./event_writer.ts";
import type { Faults } from "./faults.ts";
import { decisionFinder, type FoundDecision } from "./find_decision.ts";
import { type FunctionHost, openFunctionHost } from "./function_host.ts";

/** Topics that a node writes events to. */
const WRITTEN = ["inference", "exposure", "health"];
/** Topics that others write to through a node: made when it starts, so that their first event finds them. */
const TAKEN = ["label", "metric", "run", "events"];

/** What a serving node is made of. */
export interface NodeParts {
  /** Where events and labels of callers go. */
  bus: Pick<Bus, "publish">;
  /** The object store. */
  store: Store;
  /** The model registry. */
  models: Pick<Models, "get">;
  /** The control topic. */
  control: Pick<Control, "state" | "snapshot" | "follow">;
  /** Finds what is known of a decision by its id; null = nothing. */
  findDecision: (id: string) => Promise<FoundDecision | null>;
  /** Sandboxes. */
  host: FunctionHost;
  /** Event writer. */
  writer: EventWriter;
  /** Whether events are kept; shadows of answers are called for their events alone. */
  keepsEvents: boolean;
  /** Where the folded state of `control` is kept for the next start. */
  snapshotFile: string;
}

/** What the parts are opened with. */
export interface PartsOptions {
  /** Settings of the workbench. */
  settings: Settings;
  /** Signing key of the workbench. */
  key: string;
  /** Name of the node. */
  name: string;
  /** Faults in force. */
  faults: () => Faults;
  /** Is told of losses, a line each. */
  report: (line: string) => void;
}

/**
 * Opens what a serving node is made of.
 *
 * @param options settings, key, name
 * @param stack closes the parts, last opened first
 * @returns the parts
 * @throws {Error} when a part cannot be opened, or topic `control` is empty beside a lake that has one
 */
export async function openParts(options: PartsOptions, stack: AsyncDisposableStack): Promise<NodeParts> {
  const { settings, key, name, faults, report } = options;
  const bus = stack.use(await openBus(settings.bus));
  const store = await openStore(settings.lake);
  await refuseLostControl(bus, store);
  const models = stack.use(await openModels({ store, ...registryOptions(settings) }));
  const snapshotFile = join(lakePaths(settings).runs, "serving", `${name.replaceAll(/[^\w.-]/g, "_")}.json`);
  const control = stack.use(await openControl({ bus, key, snapshot: await loadState(snapshotFile) }));
  const host = stack.use(openFunctionHost({ store, models, faults }));
  const known = new Set((await bus.topics()).map(({ topic }) => topic));
  for (const topic of TAKEN) if (!known.has(topic)) await bus.createTopic(topic);
  const onLost = (topic: string, error: Error) => report(`Lost an event of topic "${topic}": ${error.message}`);
  const writer = stack.use(await openEventWriter({ bus, topics: WRITTEN, onLost }));
  const findDecision = decisionFinder({ bus, store });
  return { bus, store, models, control, findDecision, host, writer, keepsEvents: true, snapshotFile };
}

async function refuseLostControl(bus: Bus, store: Store): Promise<void> {
  const isThere = (await bus.topics()).some(({ topic }) => topic === "control");
  if (isThere && (await bus.positions("control"))[0]!.high > 0) return;
  for await (const _ of store.list("tables/control/_delta_log/")) {
    throw new Error(
      `Cannot start serving as topic "control" of bus "${bus.url}" is empty while the lake "${store.url}" holds one: ` +
        `start on the bus that belongs to this lake, or bring it over with "boathouse bus move"`,
    );
  }
}
