import type { Json } from "../../lib/events/mod.ts";
import { textTable } from "./text_table.ts";
import { withWorkbench } from "./with_workbench.ts";

/** Lists topics with their partitions. */
export const busTopics = withWorkbench(async (workbench) => {
  const bus = await workbench.bus();
  const rows: Record<string, Json>[] = [];
  for (const { topic, incarnation } of await bus.topics()) {
    for (const { partition, low, high } of await bus.positions(topic)) {
      rows.push({ topic, partition, first: low, next: high, incarnation });
    }
  }
  return { json: rows, text: rows.length === 0 ? "no topics on the bus" : textTable(rows) };
});
