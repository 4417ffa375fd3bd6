export { commit, type CommitOutcome, type CommitPlan } from "./commit.ts";
export { type Field, type FieldType, type NestedType, parseSchema, writeSchema } from "./field.ts";
export { mergeSchema, typeText } from "./merge_schema.ts";
export { type LiveFile, readSnapshot, refreshSnapshot, type Snapshot } from "./snapshot.ts";
export { deltaType, quoteName, quoteText, sqlType } from "./sql_type.ts";
export { scanSql } from "./scan.ts";
export { checkTableName } from "./table_name.ts";
export { type ParquetPlan, type SqlConnection, type SqlParameters, writeParquet } from "./write_parquet.ts";
