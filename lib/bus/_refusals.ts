import { TruncatedError } from "./truncated_error.ts";

/**
 * Says that a topic is there with another number of partitions.
 *
 * @param topic Name of the topic.
 * @param found How many it has.
 * @param wanted How many were asked for.
 * @returns The error, to be thrown.
 */
export function otherPartitions(topic: string, found: number, wanted: number): RangeError {
  return new RangeError(
    `Cannot create topic "${topic}" as it must have the ${found} partitions that it was created with: got ${wanted}`,
  );
}

/**
 * Says that there is no such topic.
 *
 * @param verb What is done, for example `read "flights"`.
 * @param topic Name of the topic.
 * @returns The error, to be thrown.
 */
export function unknownTopic(verb: string, topic: string): RangeError {
  return new RangeError(
    `Cannot ${verb} as the topic must exist: no topic ${
      JSON.stringify(topic)
    }; name it in product.yaml or call createTopic`,
  );
}

/**
 * Says that a topic has no such partition.
 *
 * @param verb What is done, for example `read "flights"`.
 * @param partitions How many it has.
 * @param partition What was asked for.
 * @returns The error, to be thrown.
 */
export function unknownPartition(verb: string, partitions: number, partition: number): RangeError {
  return new RangeError(`Cannot ${verb} as its partition must be from 0 to ${partitions - 1}: got ${partition}`);
}

/**
 * Says that a read begins where nothing is kept any more.
 *
 * @param topic Topic that is read.
 * @param partition Its partition.
 * @param from Offset that was asked for.
 * @param low First offset that is kept.
 * @returns The error, to be thrown.
 */
export function truncatedBefore(topic: string, partition: number, from: number, low: number): TruncatedError {
  return new TruncatedError(
    `Cannot read "${topic}" as partition ${partition} is kept from offset ${low} on: got ${from}; ` +
      `what was before is in the lake, unless "boathouse doctor" says otherwise`,
  );
}

/**
 * Says that a group would commit what nobody can have read.
 *
 * @param group Name of the group.
 * @param topic Topic that it reads.
 * @param partition Its partition.
 * @param high Next offset of the partition.
 * @param offset What was to be committed.
 * @returns The error, to be thrown.
 */
export function commitPastEnd(
  group: string,
  topic: string,
  partition: number,
  high: number,
  offset: number,
): RangeError {
  return new RangeError(
    `Cannot commit "${topic}" as the offset of group "${group}" in partition ${partition} must be at most ${high}: ` +
      `got ${offset}`,
  );
}

/**
 * Says that a truncation would drop what the lake lacks.
 *
 * @param topic Topic to be truncated.
 * @param partition Its partition.
 * @param before Offset that was asked for.
 * @param held Offset below which the lake holds everything.
 * @returns The error, to be thrown.
 */
export function truncatePastLake(topic: string, partition: number, before: number, held: number): RangeError {
  return new RangeError(
    `Cannot truncate "${topic}" as the lake must hold what is dropped from partition ${partition}: it holds offsets ` +
      `below ${held}, got ${before}; run "boathouse lake ingest" first`,
  );
}
