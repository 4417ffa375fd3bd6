# What the programs of all readers share: rows and schemas in the form of canonical.ts.
import datetime, decimal, json, os, sys

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)

def plain(value):
    """Writes a value that is not nested."""
    if value is None or isinstance(value, (bool, str)): return value
    if isinstance(value, int): return str(value)
    if isinstance(value, float): return {"float": repr(value)}
    if isinstance(value, decimal.Decimal): return format(value, "f")
    if isinstance(value, (bytes, bytearray)): return bytes(value).hex()
    if isinstance(value, datetime.datetime):
        at = value if value.tzinfo else value.replace(tzinfo=datetime.timezone.utc)
        return str((at - EPOCH) // datetime.timedelta(microseconds=1))
    if isinstance(value, datetime.date): return value.isoformat()
    raise TypeError(type(value))

def schema_of(fields):
    """Takes the fields of a Delta schema as it is written in the log."""
    return [[field["name"], type_of(field["type"])] for field in fields]

def type_of(type):
    if isinstance(type, str): return type
    if type["type"] == "struct": return {"struct": schema_of(type["fields"])}
    if type["type"] == "array": return {"array": type_of(type["elementType"])}
    return {"map": [type_of(type["keyType"]), type_of(type["valueType"])]}

def line(values):
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))
