# Reads versions of tables by Spark.
from pyspark.sql import Row

def nested(value):
    if isinstance(value, Row): return [nested(one) for one in value]
    if isinstance(value, dict): return {"map": [[nested(k), nested(v)] for k, v in value.items()]}
    if isinstance(value, (list, tuple)): return [nested(one) for one in value]
    return plain(value)

def frame(folder, version=None):
    reader = spark.read.format("delta")
    return (reader if version is None else reader.option("versionAsOf", version)).load(folder)

def history(folder):
    rows = spark.sql(f"DESCRIBE HISTORY delta.`{folder}`").collect()
    return [[row.version, row.operation] for row in rows]

def read(folder, version=None):
    data, told = frame(folder, version), history(folder)
    return {
        "version": told[0][0] if version is None else version,
        "schema": schema_of(json.loads(data.schema.json())["fields"]),
        "rows": [line([nested(one) for one in row]) for row in data.collect()],
        "history": told if version is None else None,
    }
