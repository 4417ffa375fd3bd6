# Reads versions of tables by delta-rs.
import deltalake
import pyarrow as pa

def nested(value, type):
    if value is None: return None
    if pa.types.is_struct(type): return [nested(value[field.name], field.type) for field in type]
    if pa.types.is_map(type): return {"map": [[nested(k, type.key_type), nested(v, type.item_type)] for k, v in value]}
    if pa.types.is_list(type) or pa.types.is_large_list(type): return [nested(one, type.value_type) for one in value]
    return plain(value)

def read(folder, version=None):
    table = deltalake.DeltaTable(folder, version=version)
    data = table.to_pyarrow_table()
    columns = [[nested(value, field.type) for value in data.column(field.name).to_pylist()] for field in data.schema]
    return {
        "version": table.version(),
        "schema": schema_of(json.loads(table.schema().to_json())["fields"]),
        "rows": [line(list(row)) for row in zip(*columns)],
        "history": [[one["version"], one["operation"]] for one in table.history()] if version is None else None,
    }
