/**
 * The bus: topics of partitions of records in order, durable before they are acknowledged.
 *
 * @module
 */
export { appendOnce, ensureTopic } from "./append_once.ts";
export { checkTopic } from "./_check.ts";
export type { Guarantee } from "../config/mod.ts";
export type { Json } from "../events/mod.ts";
export type {
  Appended,
  Batch,
  Bus,
  BusRecord,
  Membership,
  Message,
  Position,
  Producer,
  ReadOptions,
  TopicInfo,
} from "./bus.ts";
export { DiskReserveError } from "./disk_reserve.ts";
export { JsonText } from "./json_text.ts";
export type { KafkaAddress, KafkaLogin } from "./_kafka_cluster.ts";
export { type BusLocation, type BusOptions, openBus } from "./open_bus.ts";
export { partitionOf } from "./partition.ts";
export { TruncatedError } from "./truncated_error.ts";
