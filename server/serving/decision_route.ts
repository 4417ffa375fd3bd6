import { checkProduct, type Identity } from "../auth/mod.ts";
import { Problem } from "../http/mod.ts";
import { productOf } from "./admit.ts";
import { timeOfId } from "./find_decision.ts";
import type { ServingNode } from "./node.ts";
import { respond, withLoad } from "./request.ts";

/** Events wait at most about so long for their batch while the bus takes them. */
const YOUNG_MS = 10_000;

/**
 * Answers `GET /v1/decisions/ID`.
 *
 * @param id id of the decision
 * @param identity who asks
 * @param node the serving node
 * @returns 200 with its inference event and its labels
 * @throws {Problem} 403, 404, 503
 */
export function getDecision(id: string, identity: Identity | null, node: ServingNode): Promise<Response> {
  return withLoad(node, async () => {
    const ageMs = Date.now() - timeOfId(id);
    const found = await node.findDecision(id);
    if (found !== null) {
      const product = typeof found.endpoint === "string" ? productOf(found.endpoint, node) : undefined;
      checkProduct(identity, `decision "${id}"`, product);
      return respond(found, node.served().offset - 1);
    }
    const isYoung = ageMs >= 0 && ageMs < YOUNG_MS;
    const way = isYoung ? ": its event may not be on the bus yet, ask again" : "";
    throw new Problem(404, `Decision "${id}" is not known${way}`, isYoung ? { retryAfterS: 1 } : {});
  });
}
