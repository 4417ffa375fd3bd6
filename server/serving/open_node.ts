import { CLOCK, createBreakers } from "../../lib/endpoints/mod.ts";
import { freeBytes, isLoopback, type Settings } from "../../lib/config/mod.ts";
import { openAccess } from "../auth/mod.ts";
import { functionFinder } from "./find_function.ts";
import { openDocuments } from "./api/documents.ts";
import { readFaults } from "./faults.ts";
import { followControl } from "./follow_control.ts";
import { writeHealth } from "./health.ts";
import { createMetrics } from "./metrics.ts";
import type { ServingNode } from "./node.ts";
import { FRESH, type NodeState, takerOf } from "./node_state.ts";
import { createOnce } from "./once.ts";
import { createShadowCalls } from "./shadow_calls.ts";
import { type NodeParts, openParts } from "./open_parts.ts";

/** How often a node says how it does; others count it as gone after three times that. */
const HEALTH_MS = 1_000;

/** What a node is opened with. */
export interface NodeOptions {
  /** Settings of the workbench. */
  settings: Settings;
  /** Signing key of the workbench. */
  key: string;
  /** Port that the node listens on, part of its name. */
  port: number;
  /** The parent's pipe; undefined when there is none. */
  faults: ReadableStream<Uint8Array> | undefined;
  /** Is told of losses and faults, a line each. */
  report: (line: string) => void;
  /** Ends the node because of an error. */
  fail: (error: unknown) => void;
  /** Opens what the node is made of; bus, lake and registry of the settings unless given. */
  parts?: typeof openParts | undefined;
}

/** A serving node that can be started. */
export interface OpenNode extends AsyncDisposable {
  /** The node as its routes see it. */
  view: ServingNode;
  /** Makes everything active ready, then follows topic `control`; resolves when the node is ready. */
  start(): Promise<void>;
}

/**
 * Opens a serving node.
 *
 * @param options settings, key, port, faults
 * @returns the node, not started yet; closing it writes what waits
 * @throws {Error} when a part cannot be opened, or topic `control` is empty beside a lake that has one
 */
export async function openNode(options: NodeOptions): Promise<OpenNode> {
  await using opening = new AsyncDisposableStack();
  const { settings, key, port, report } = options;
  const access = openAccess({ open: isLoopback(settings.listen.serving.hostname) });
  const state: NodeState = { ...FRESH, access, diskFreeBytes: freeBytes(settings.root) };
  const name = `${settings.listen.serving.hostname}:${port}`;
  const parts = await (options.parts ?? openParts)(
    { settings, key, name, report, faults: () => state.faults },
    opening,
  );
  state.access = await access.take((await parts.control.state()).tokens, parts.store);
  const view = viewOf(name, state, parts);
  const stack = opening.move();
  return {
    view,
    start: () => start(state, view, parts, options, stack),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function viewOf(name: string, state: NodeState, parts: NodeParts): ServingNode {
  const { bus, host, writer } = parts;
  const source = `/serving/${name}`;
  const shadows = createShadowCalls({ prepare: host.prepare, callFunction: host.callFunction, writer, source });
  return {
    name,
    effects: {
      callFunction: host.callFunction,
      callModel: host.callModel,
      writer,
      metrics: createMetrics(),
      source,
      breakers: createBreakers(CLOCK.nowMs),
    },
    shadows,
    once: createOnce(),
    bus,
    writer,
    served: () => state.served,
    access: () => state.access,
    types: () => state.types,
    starting: () => state.starting,
    unready: () => [...(state.starting ? ["it is starting"] : []), ...(state.standstill ? [state.standstill] : [])],
    degraded: () => [...degradedBy(state, writer.stats().failing), ...shadows.counts().broken],
    diskFreeBytes: () => state.diskFreeBytes,
    findFunction: functionFinder(parts),
    findDecision: parts.findDecision,
    documents: openDocuments(parts),
    load: { inFlight: 0, unknownLabels: 0 },
  };
}

function degradedBy({ served, access, trouble }: NodeState, failing: string | null): string[] {
  return [
    ...[...access.broken].map(([name, why]) => `token "${name}" does not count here: ${why}`),
    ...[...served.broken].map(([name, why]) => `endpoint "${name}" is not served as activated: ${why}`),
    ...[...served.brokenModels].map(([name, why]) => `model "${name}" is not served as promoted: ${why}`),
    ...(trouble === null ? [] : [`topic "control" cannot be followed: ${trouble}`]),
    ...(failing === null ? [] : [`events cannot be written: ${failing}`]),
  ];
}

async function start(
  state: NodeState,
  view: ServingNode,
  parts: NodeParts,
  { settings, faults, report, fail }: NodeOptions,
  stack: AsyncDisposableStack,
): Promise<void> {
  const stop = new AbortController();
  if (faults) takeFaults(state, faults, stop.signal).catch(fail);
  const take = takerOf(state, parts, report, view.shadows);
  await take(await parts.control.state());
  state.starting = false;
  const startedMs = Date.now();
  const pulse = () => writeHealth(view, startedMs);
  pulse();
  const beat = setInterval(() => {
    pulse();
    try {
      state.diskFreeBytes = freeBytes(settings.root);
    } catch (cause) {
      fail(cause as Error);
    }
  }, HEALTH_MS);
  const following = followControl({
    control: parts.control,
    take: (next) => take(next).finally(pulse),
    onTrouble: (reason) => state.trouble = reason,
    signal: stop.signal,
  });
  stack.defer(async () => {
    clearInterval(beat);
    view.shadows.close();
    stop.abort();
    await following;
  });
}

async function takeFaults(state: NodeState, pipe: ReadableStream<Uint8Array>, signal: AbortSignal): Promise<void> {
  for await (const faults of readFaults(pipe, signal)) state.faults = faults;
}
