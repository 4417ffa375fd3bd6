import type { Producer } from "./bus.ts";

const MAX_PARTITIONS = 1_000; // each costs a row that is read whenever positions are

/**
 * Refuses the name of a topic that Kafka, a folder or a table of the lake could not carry.
 *
 * @param topic Name of a topic.
 * @throws {RangeError} When the name breaks the rule.
 *
 * @example
 * ```ts
 * import { checkTopic } from "./_check.ts";
 *
 * checkTopic("rides");
 * ```
 */
export function checkTopic(topic: string): void {
  checkName("topic", topic);
  const rule = topic.includes("..") || topic.endsWith(".")
    ? 'hold no ".." and end with no dot'
    : topic.endsWith("_dlq")
    ? 'not end in "_dlq", by which the records that do not fit are read'
    : topic.startsWith("boathouse_")
    ? 'not begin with "boathouse_", which the lake keeps for tables of its own'
    : null;
  if (rule) throw new RangeError(`Cannot name topic as it must ${rule}: got "${topic}"; choose another name`);
}

/**
 * Refuses the name of a group by the rule of topics.
 *
 * @param group Name of a group.
 * @throws {RangeError} When the name breaks the rule.
 */
export function checkGroup(group: string): void {
  checkName("group", group);
}

/**
 * Refuses a number of partitions that no topic may have.
 *
 * @param topic Name of the topic.
 * @param partitions Number that was asked for.
 * @throws {RangeError} When it is no integer from 1 to 1,000.
 */
export function checkPartitions(topic: string, partitions: number): void {
  if (Number.isSafeInteger(partitions) && partitions >= 1 && partitions <= MAX_PARTITIONS) return;
  throw new RangeError(
    `Cannot create topic "${topic}" as its partitions must be an integer from 1 to ${MAX_PARTITIONS}: got ${partitions}`,
  );
}

/**
 * Refuses a number that no offset, sequence or time can be.
 *
 * @param verb What is done, for example `read "flights"`.
 * @param name What the number is.
 * @param value The number.
 * @throws {RangeError} When it is no integer from 0 to 2^53 - 1.
 */
export function checkCount(verb: string, name: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 0) return;
  throw new RangeError(`Cannot ${verb} as its ${name} must be an integer of at least 0: got ${value}`);
}

/**
 * Refuses a producer without an id or with a sequence that is no number.
 *
 * @param topic Topic that is appended to.
 * @param producer Who appends.
 * @throws {RangeError} When it breaks the rule.
 */
export function checkProducer(topic: string, producer: Producer): void {
  if (producer.id === "" || producer.id.length > 255 || !producer.id.isWellFormed()) {
    throw new RangeError(
      `Cannot append to "${topic}" as its producer id must have 1 to 255 characters: got ${
        JSON.stringify(producer.id)
      }`,
    );
  }
  checkCount(`append to "${topic}"`, "sequence", producer.sequence);
}

function checkName(kind: string, name: string): void {
  if (/^[a-z0-9][a-z0-9_.-]{0,248}$/.test(name)) return;
  throw new RangeError(
    `Cannot name ${kind} as it must have 1 to 249 of a-z 0-9 _ . - and start with a letter or digit: ` +
      `got ${JSON.stringify(name)}`,
  );
}
