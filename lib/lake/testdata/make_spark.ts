/**
 * Makes the tables of testdata/spark with a real Spark: `deno run -A lib/lake/testdata/make_spark.ts FOLDER`. Hidden
 * checksums and log files that a checkpoint stands in for were then deleted from them.
 */
import { installSpark, runSpark } from "../../../_tools/peers/spark.ts";

const PROGRAM = `
root = sys.argv[1]
ROWS = "SELECT id AS n, concat('r', id) AS t, named_struct('ab', id, 'c', array(named_struct('d', id))) AS s, map('k', named_struct('e', id)) AS m, CAST(id % 2 AS STRING) AS p FROM range(10)"
VECTORS = "'delta.enableDeletionVectors'='true'"
def create(name, settings, select=ROWS, partition="PARTITIONED BY (p)"):
    spark.sql(f"CREATE TABLE delta.\`{root}/{name}\` USING delta {partition} TBLPROPERTIES ({settings}) AS {select}")
    return f"delta.\`{root}/{name}\`"
def append(table): spark.sql(f"INSERT INTO {table} SELECT n + 100, t, s, m, p FROM {table} WHERE n < 2")
t = create("dv", VECTORS)
spark.sql(f"DELETE FROM {t} WHERE n IN (1, 4, 5)")
spark.sql(f"UPDATE {t} SET t = 'new' WHERE n = 2")
t = create("dv_big", VECTORS, "SELECT id AS n FROM range(0, 300000, 1, 1)", "")
spark.sql(f"DELETE FROM {t} WHERE n % 2 = 0 AND n < 200000 OR n BETWEEN 250000 AND 260000")
t = create("map_name", "'delta.columnMapping.mode'='name'")
spark.sql(f"ALTER TABLE {t} RENAME COLUMN t TO \`new name\`")
spark.sql(f"ALTER TABLE {t} RENAME COLUMN s.c TO cc")
spark.sql(f"INSERT INTO {t} VALUES (100, 'x', named_struct('ab', 100L, 'cc', array(named_struct('d', 100L))), map('k', named_struct('e', 100L)), 'z')")
spark.sql(f"ALTER TABLE {t} RENAME COLUMN p TO part")
spark.sql(f"ALTER TABLE {t} ADD COLUMN added INT")
t = create("map_id", "'delta.columnMapping.mode'='id'")
spark.sql(f"ALTER TABLE {t} RENAME COLUMN t TO tt")
t = create("v2", "'delta.checkpointPolicy'='v2', 'delta.checkpointInterval'='3', " + VECTORS)
for i in range(7): append(t)
spark.sql(f"DELETE FROM {t} WHERE n = 3")
t = create("multi", "'delta.checkpointInterval'='2'")
spark.conf.set("spark.databricks.delta.checkpoint.partSize", "3")
for i in range(5): append(t)
spark.conf.unset("spark.databricks.delta.checkpoint.partSize")
t = f"delta.\`{root}/types\`"
spark.sql(f"CREATE TABLE {t} (n INT, v VARCHAR(5), c CHAR(3), ntz TIMESTAMP_NTZ, ts TIMESTAMP, d DECIMAL(38,10), b BINARY, f FLOAT, y TINYINT, sh SMALLINT, vo VOID, dt DATE, bo BOOLEAN, g INT GENERATED ALWAYS AS (n + 1)) USING delta TBLPROPERTIES ('delta.enableChangeDataFeed'='true')")
spark.sql(f"INSERT INTO {t} (n, v, c, ntz, ts, d, b, f, y, sh, dt, bo) VALUES (1, 'abc', 'x', TIMESTAMP_NTZ'2026-11-23 01:02:03.456789', TIMESTAMP'1969-12-31 23:59:59.999999', 12345678901234567890.0123456789BD, X'00ff', float('nan'), -128Y, 7S, DATE'0001-01-01', true)")
spark.conf.set("spark.sql.parquet.outputTimestampType", "INT96")
spark.range(3).selectExpr("id AS n", "timestamp_micros(id * 1000001) AS ts").write.format("delta").save(f"{root}/int96")
t = f"delta.\`{root}/bin\`"
spark.sql(f"CREATE TABLE {t} (n INT, b BINARY, ts TIMESTAMP, dc DECIMAL(10,2), dt DATE, bo BOOLEAN, fl DOUBLE) USING delta PARTITIONED BY (b, ts, dc, dt, bo, fl)")
spark.sql(f"INSERT INTO {t} VALUES (1, X'616263', TIMESTAMP'2026-11-23 01:02:03.456789', -0.50, DATE'2026-11-23', true, 1.5D), (2, NULL, NULL, NULL, NULL, NULL, NULL), (3, X'01', TIMESTAMP'1969-12-31 23:59:59', 1, DATE'1969-12-31', false, double('inf'))")
create("rowtrack", "'delta.enableRowTracking'='true', 'delta.enableInCommitTimestamps'='true'", "SELECT id AS n FROM range(3)", "")
`;

console.log(await runSpark(await installSpark(), PROGRAM, [Deno.args[0]!]));
