# Tables that Spark writes into the folder argv[2], each read by Spark too.
TYPES = """SELECT id, named_struct('s', CAST(id AS SMALLINT), 'l', array(named_struct('d', CAST(id AS DECIMAL(38,3))), NULL)) AS nested,
  map('k"', array(CAST(id AS DOUBLE), CAST('NaN' AS DOUBLE)), 'e', NULL) AS dict, CAST(9007199254740993 + id AS BIGINT) AS big,
  CAST(id AS TINYINT) AS tiny, CAST(1.1 AS FLOAT) AS single, CAST('-Infinity' AS DOUBLE) AS infinite, CAST(id AS DECIMAL(9,2)) AS small,
  CAST(-id AS DECIMAL(18,4)) AS middle, unhex('00FF') AS bytes, concat('é😀', id) AS text, id % 2 = 0 AS flag,
  DATE '1969-12-31' + CAST(id AS INT) AS day, TIMESTAMP '1969-12-31 23:59:59.999999' + make_dt_interval(0, 0, 0, id) AS moment FROM range(5)"""
ODD = """SELECT id, p FROM VALUES (0, 'a b'), (1, 'é/ü?#'), (2, 'x=y'), (3, '%41'), (4, 'a:b+c'), (5, '😀'), (6, NULL), (7, "it's \\"q\\""), (8, ' '), (9, '__HIVE_DEFAULT_PARTITION__x') t(id, p)"""
PARTS = """SELECT id, TIMESTAMP '1969-12-31 23:59:59.999999' + make_dt_interval(0, 0, 0, id) AS moment, DATE '2001-05-31' AS day, CAST(id AS DECIMAL(9,2)) AS price,
  id % 2 = 0 AS flag, CAST(id AS INT) AS number, CAST(id AS DOUBLE) / 4 AS ratio FROM range(3) UNION ALL SELECT 9, NULL, NULL, NULL, NULL, NULL, NULL"""

ALWAYS = {"delta_checkpointInterval": "1"}

def create(name, select, partitions=(), **properties):
    folder = f"{sys.argv[2]}/{name}"
    by = f" PARTITIONED BY ({', '.join(partitions)})" if partitions else ""
    told = ", ".join(f"'{key.replace('_', '.')}' = '{value}'" for key, value in properties.items())
    spark.sql(f"CREATE TABLE delta.`{folder}` USING delta{by}{f' TBLPROPERTIES ({told})' if told else ''} AS {select}")
    return f"delta.`{folder}`"

def insert(table, count=1, start=100):
    for id in range(start, start + count): spark.sql(f"INSERT INTO {table} (id) VALUES ({id})")

def forget(name):
    """Removes the log entries before the last one, as a clean-up would."""
    log = f"{sys.argv[2]}/{name}/_delta_log"
    entries = sorted(file for file in os.listdir(log) if len(file) == 25 and file.endswith(".json"))
    for file in entries[:-1]:
        os.remove(f"{log}/{file}")
        if os.path.exists(f"{log}/.{file}.crc"): os.remove(f"{log}/.{file}.crc")

def types(): create("types", TYPES)
def odd(): create("odd", ODD, ["p"])
def parts(): create("parts", PARTS, ["moment", "day", "price", "flag", "number", "ratio"])
def changed():
    table = create("changed", "SELECT id FROM range(10)")
    spark.sql(f"ALTER TABLE {table} ADD COLUMNS (extra STRING, pair STRUCT<x: INT>)")
    spark.sql(f"INSERT INTO {table} VALUES (10, 'new', named_struct('x', 1))")
    spark.sql(f"ALTER TABLE {table} ADD COLUMNS (pair.y STRING)")
    spark.sql(f"DELETE FROM {table} WHERE id < 3")
    spark.sql(f"UPDATE {table} SET extra = 'set' WHERE id = 5")
    spark.sql(f"MERGE INTO {table} t USING (SELECT id + 8 AS id FROM range(4)) s ON t.id = s.id WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id)")
    spark.sql(f"OPTIMIZE {table}")
def cleaned():
    insert(create("cleaned", ODD, ["p"], **ALWAYS), 2)
    forget("cleaned")
def multipart():
    spark.conf.set("spark.databricks.delta.checkpoint.partSize", "3")
    insert(create("multipart", ODD, ["p"], **ALWAYS), 2)
    forget("multipart")
    spark.conf.unset("spark.databricks.delta.checkpoint.partSize")
def statistics():
    insert(create("statistics", "SELECT id FROM range(3)", delta_checkpoint_writeStatsAsStruct="true", delta_checkpoint_writeStatsAsJson="false", **ALWAYS))
    forget("statistics")
def constraint():
    table = create("constraint", "SELECT id FROM range(3)")
    spark.sql(f"ALTER TABLE {table} ADD CONSTRAINT positive CHECK (id >= 0)")
def change_data(): spark.sql(f"DELETE FROM {create('change_data', 'SELECT id FROM range(5)', delta_enableChangeDataFeed='true')} WHERE id = 2")
def in_commit(): insert(create("in_commit", "SELECT id FROM range(3)", delta_enableInCommitTimestamps="true"))
def row_tracking(): insert(create("row_tracking", "SELECT id FROM range(3)", delta_enableRowTracking="true"))
def clustered():
    spark.sql(f"CREATE TABLE delta.`{sys.argv[2]}/clustered` (id BIGINT, x INT) USING delta CLUSTER BY (x)")
    insert(f"delta.`{sys.argv[2]}/clustered`", 2)
def ntz(): create("ntz", "SELECT id, TIMESTAMP_NTZ '2001-05-31 12:00:00.123456' AS moment FROM range(2)")
def vectors():
    table = create("vectors", "SELECT id FROM range(20) DISTRIBUTE BY 1", delta_enableDeletionVectors="true")
    spark.sql(f"DELETE FROM {table} WHERE id IN (3, 5)")
def vectors_unused(): create("vectors_unused", "SELECT id FROM range(3)", delta_enableDeletionVectors="true")
def mapped():
    table = create("mapped", "SELECT id, 'a' AS b FROM range(3)", delta_columnMapping_mode="name")
    spark.sql(f"ALTER TABLE {table} RENAME COLUMN b TO `new name`")
def mapped_id(): create("mapped_id", "SELECT id FROM range(3)", delta_columnMapping_mode="id")
def v2():
    insert(create("v2", "SELECT id FROM range(3)", delta_checkpointPolicy="v2", **ALWAYS), 2)
    forget("v2")
def v2_unused(): create("v2_unused", "SELECT id FROM range(3)", delta_checkpointPolicy="v2")
def widened():
    table = create("widened", "SELECT CAST(id AS INT) AS id FROM range(3)", delta_enableTypeWidening="true")
    spark.sql(f"ALTER TABLE {table} ALTER COLUMN id TYPE BIGINT")
    insert(table)

def attempt(write):
    try:
        write()
        return read(f"{sys.argv[2]}/{write.__name__}")
    except Exception as error:
        return {"error": f"{type(error).__name__}: {str(error)[:500]}"}

WRITES = [types, odd, parts, changed, cleaned, multipart, statistics, constraint, change_data, in_commit, row_tracking, clustered, ntz,
  vectors, vectors_unused, mapped, mapped_id, v2, v2_unused, widened]
