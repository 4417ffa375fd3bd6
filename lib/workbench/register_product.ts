import { registerTopic } from "../control/mod.ts";
import type { Product } from "../config/mod.ts";
import type { Workbench } from "./workbench.ts";

/**
 * Makes the topics of a product and registers what their events must look like.
 *
 * @param workbench the open workbench
 * @param product the product
 * @param reason who asks, and why
 * @throws {RangeError} when a topic has another number of partitions
 */
export async function registerProduct(
  workbench: Workbench,
  product: Product,
  reason: { by: string; why: string },
): Promise<void> {
  const parts = { control: await workbench.control(), store: await workbench.store(), bus: await workbench.bus() };
  for (const [topic, { type, schema, key, partitions }] of Object.entries(product.topics)) {
    await registerTopic(parts, topic, { type, schema, key, partitions }, reason);
  }
}
