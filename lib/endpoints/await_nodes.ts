import type { Bus } from "../bus/mod.ts";
import type { Json } from "../events/mod.ts";

/** Which serving nodes have taken over a change. */
export interface Confirmation {
  /** Nodes that answer by the change now. */
  confirmed: string[];
  /** Nodes heard of lately that have not said so in time. */
  missing: string[];
}

const HEARD_MS = 3_000;
const WAIT_MS = 1_000;

/**
 * Waits until every serving node heard of in the last 3 seconds has folded `control` past an offset, at most 1 second
 * (docs/architecture.md, "Activation").
 *
 * @param bus the bus, whose topic `health` nodes write to every second
 * @param offset offset of the change on topic `control`
 * @param options milliseconds to wait, and milliseconds for which a silent node counts
 * @returns nodes that confirmed and nodes that did not
 * @example
 * ```ts
 * import { openBus } from "../bus/mod.ts";
 * import { awaitNodes } from "./await_nodes.ts";
 * await using bus = await openBus({ kind: "sqlite", dir: Deno.makeTempDirSync() });
 * if ((await awaitNodes(bus, 0)).missing.length !== 0) throw new Error("unexpected");
 * ```
 */
export async function awaitNodes(
  bus: Bus,
  offset: number,
  { waitMs = WAIT_MS, heardMs = HEARD_MS }: { waitMs?: number; heardMs?: number } = {},
): Promise<Confirmation> {
  const seen = new Map<string, number>();
  if ((await bus.topics()).every(({ topic }) => topic !== "health")) return { confirmed: [], missing: [] };
  const since = await bus.offsetAt("health", 0, (Date.now() - heardMs) * 1000);
  const { high } = (await bus.positions("health"))[0]!;
  const signal = AbortSignal.timeout(waitMs);
  try {
    for await (const batch of since < high ? bus.read("health", 0, since, { follow: true, signal }) : []) {
      for (const { value } of batch.records()) take(seen, value);
      if (batch.endOffset >= high && [...seen.values()].every((at) => at > offset)) break;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  const names = (isFine: boolean) =>
    [...seen].filter(([, at]) => (at > offset) === isFine).map(([node]) => node).sort();
  return { confirmed: names(true), missing: names(false) };
}

function take(seen: Map<string, number>, value: unknown): void {
  const { node, role, controlOffset } = (value as { data: Record<string, Json> }).data;
  if (role === "serving" && typeof node === "string") seen.set(node, Number(controlOffset));
}
