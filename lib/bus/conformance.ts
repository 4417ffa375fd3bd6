import { topicConformance } from "./conformance_topics.ts";
import { recordConformance } from "./conformance_records.ts";
import { followConformance, rangeConformance } from "./conformance_reads.ts";
import { producerConformance, publishConformance } from "./conformance_producers.ts";
import { groupConformance } from "./conformance_groups.ts";
import { closeConformance, refusalConformance } from "./conformance_refusals.ts";
import type { Open } from "./conformance_support.ts";

/**
 * The contract of a bus as tests, one suite for every backend.
 *
 * @param open Opens a bus; every call reaches the same topics, and those of other tests may be there.
 */
export function busConformance(open: Open): void {
  topicConformance(open);
  recordConformance(open);
  rangeConformance(open);
  followConformance(open);
  producerConformance(open);
  publishConformance(open);
  groupConformance(open);
  refusalConformance(open);
  closeConformance(open);
}
