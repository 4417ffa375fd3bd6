/**
 * Ingest: what is on the bus becomes rows of the lake, each record once; and the tail, what is on the bus only.
 *
 * @module
 */
export type { FollowOptions } from "./_follow.ts";
export type { EffectHook, IngestProgress, IngestReport } from "./_flush_topic.ts";
export type { Resumed } from "./_resume.ts";
export { type Completeness, completenessOf } from "./completeness.ts";
export { type Ingest, type IngestOptions, openIngest } from "./ingest.ts";
export { openTail, type TailOptions } from "./tail.ts";
export { type Lag, lagOf } from "./lag.ts";
export type { TopicSchema } from "./topic_schema.ts";
