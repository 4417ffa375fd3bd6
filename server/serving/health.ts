import { createEvent } from "../../lib/events/mod.ts";
import type { ServingNode } from "./node.ts";
import { VERSION } from "./version.ts";

/**
 * Answers `/health/ready`.
 *
 * @param node the serving node
 * @returns 200 when ready, else 503, with the reasons
 */
export function readiness(node: ServingNode): Response {
  const unready = node.unready(), degraded = node.degraded();
  const configOffset = node.served().offset - 1, shadowsDropped = node.shadows.counts().dropped;
  const body = { ready: unready.length === 0, unready, degraded, configOffset, shadowsDropped };
  return Response.json(body, { status: body.ready ? 200 : 503 });
}

/**
 * Writes all metrics of a node in the Prometheus text format.
 *
 * @param node the serving node
 * @returns text
 */
export function metricsText(node: ServingNode): string {
  const { waitingBytes, dropped } = node.writer.stats(), shadows = node.shadows.counts();
  const gauge = (name: string, help: string, value: number) => ({ name, help, kind: "gauge" as const, value });
  const counter = (name: string, help: string, value: number) => ({ name, help, kind: "counter" as const, value });
  return node.effects.metrics.text([
    gauge("ready", "1 when the node answers.", node.unready().length === 0 ? 1 : 0),
    gauge("degraded", "1 when the node answers but something is wrong.", node.degraded().length === 0 ? 0 : 1),
    gauge("config_offset", "Offset of the newest control record in force.", node.served().offset - 1),
    gauge("breakers_open", "Functions that are left alone as they fail.", node.effects.breakers.opened()),
    gauge("in_flight", "Requests being answered.", node.load.inFlight),
    gauge("events_waiting_bytes", "Bytes of events that are not on the bus yet, about.", waitingBytes),
    counter("events_dropped_total", "Events that were lost.", dropped),
    counter("labels_unknown_total", "Labels that name what can be no decision.", node.load.unknownLabels),
    counter("shadow_calls_total", "Calls of shadows that ended.", shadows.called),
    counter(
      "shadow_dropped_total",
      "Calls of shadows left out: too many waited, or one was not ready.",
      shadows.dropped,
    ),
    gauge("shadow_waiting", "Calls of shadows that wait.", shadows.waiting),
    gauge("resident_bytes", "Resident memory of the serving process.", Deno.memoryUsage().rss),
    gauge("disk_free_bytes", "Free bytes on the disk of the lake.", node.diskFreeBytes()),
  ]);
}

/**
 * Says on topic `health` how the node does.
 *
 * @param node the serving node
 * @param startedMs when it started, milliseconds since 1970
 */
export function writeHealth(node: ServingNode, startedMs: number): void {
  const data = {
    node: node.name,
    role: "serving",
    version: VERSION,
    uptimeS: Math.round((Date.now() - startedMs) / 1000),
    controlOffset: node.served().offset,
    ready: node.unready().length === 0,
    degraded: node.degraded().length > 0,
    inFlight: node.load.inFlight,
    rssBytes: Deno.memoryUsage().rss,
    // Events wait in memory; nothing is spilled to disk.
    spillBytes: 0,
    dropped: node.writer.stats().dropped,
    diskFreeBytes: node.diskFreeBytes(),
  };
  const { source } = node.effects;
  node.writer.write("health", createEvent({ type: "boathouse.health.v1", source, subject: node.name, data }), 500);
}
