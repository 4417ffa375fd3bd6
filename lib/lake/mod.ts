/**
 * The lake: Delta tables in a store, read by SQL and written by notebooks, streams and ingest.
 *
 * @module
 */
export type { DeletionVector, MetadataAction, ProtocolAction, Values } from "./action.ts";
export type { Compacted, CompactOptions } from "./compact.ts";
export { pinnedVersions } from "./pinned_versions.ts";
export type { SavedPin, SavePinOptions } from "./_pins.ts";
export { vacuum, type Vacuumed, type VacuumOptions } from "./vacuum.ts";
export { writeCheckpoint } from "./checkpoint.ts";
export {
  commit,
  type CommitOptions,
  type CommitOutcome,
  type CommitPlan,
  finishCommit,
  performCommit,
  prepareCommit,
  type PreparedCommit,
} from "./commit.ts";
export {
  COMMIT_RULES,
  type CommitEffect,
  type CommitEnd,
  type CommitEvent,
  type CommitIntent,
  type CommitRules,
  type CommitState,
  type CommitStep,
  type KnownVersion,
  startCommit,
  stepCommit,
} from "./commit_machine.ts";
export { type CommitPace, openPace, type PaceOptions } from "./commit_pace.ts";
export { type DisplayBundle, displayTable, JUPYTER_DISPLAY } from "./display.ts";
export { filesDigest } from "./files_digest.ts";
export { type Field, type FieldType, type NestedType, parseSchema, writeSchema } from "./field.ts";
export type { Exported, ExportOptions } from "./_export.ts";
export { hasTable } from "./has_table.ts";
export { readHistory, type TableCommit } from "./history.ts";
export type { DerivedPin, InputRead, OutputWritten, Pin, RawPin, Recorder, Tail } from "./inputs.ts";
export { type LogMaintenance, maintainLog } from "./maintain_log.ts";
export { mergeSchema, typeText } from "./merge_schema.ts";
export { type Lake, type LakeOptions, openLake, type QueryOptions } from "./open_lake.ts";
export type { Protocol } from "./protocol.ts";
export { type PlotColumn, type Result, type ResultColumn, resultOf } from "./result.ts";
export {
  type LiveFile,
  readSnapshot,
  readSnapshotAt,
  refreshSnapshot,
  type Snapshot,
  type Tombstone,
} from "./snapshot.ts";
export { versionAt } from "./version_at.ts";
export { deltaType, quoteName, quoteText, type SqlType, sqlType } from "./sql_type.ts";
export { scanSql } from "./scan.ts";
export type { TableVersion } from "./table_at.ts";
export { type TableInfo, tableInfo } from "./table_info.ts";
export { checkTableName, isTableName } from "./table_name.ts";
export { tableTypes } from "./table_types.ts";
export type { TableScan } from "./table_scan.ts";
export type { LakeTables, TableRef } from "./table_ref.ts";
export { listTables } from "./tables.ts";
export { checkTopicTable } from "./topic_table.ts";
export { type ParquetPlan, type SqlConnection, type SqlParameters, writeParquet } from "./write_parquet.ts";
export type { Rows, WriteOptions } from "./_write_table.ts";
export type { Store, StoredObject } from "../store/mod.ts";
export type {
  ArqueroTable,
  ArrowColumn,
  ArrowTable,
  ArrowType,
  DanfoFrame,
  PolarsFrame,
  PreviewOptions,
  Row,
  RowOptions,
} from "../columns/mod.ts";
