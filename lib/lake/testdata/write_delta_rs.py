# Tables that delta-rs writes into the folder argv[2], each read by delta-rs too; the programs before it define read.
import decimal
from deltalake import DeltaTable, write_deltalake

UTC = datetime.timezone.utc
AT = datetime.datetime(1969, 12, 31, 23, 59, 59, 999999, UTC)
VALUES = ["a b", "é/ü?#", "x=y", "%41", "a:b+c", "😀", "it's \"q\"", " ", None]

def folder(name): return f"{sys.argv[2]}/{name}"

def rs_types():
    struct = pa.struct([("s", pa.int16()), ("l", pa.list_(pa.struct([("d", pa.decimal128(38, 3))])))])
    columns = {
        "id": pa.array([1, 2, None], pa.int64()), "big": pa.array([2**53 + 1, -2**63, None], pa.int64()),
        "tiny": pa.array([1, -128, None], pa.int8()), "single": pa.array([1.1, float("nan"), None], pa.float32()),
        "double": pa.array([-0.0, float("-inf"), None]), "price": pa.array([decimal.Decimal("1.20"), decimal.Decimal("-9.99"), None], pa.decimal128(9, 2)),
        "day": pa.array([datetime.date(1969, 12, 31), datetime.date(9999, 12, 31), None]), "moment": pa.array([AT, datetime.datetime(2001, 5, 31, tzinfo=UTC), None], pa.timestamp("us", "UTC")),
        "bytes": pa.array([b"\x00\xff", b"", None]), "text": pa.array(["é😀\\", "", None]), "flag": pa.array([True, False, None]),
        "nested": pa.array([{"s": 1, "l": [{"d": decimal.Decimal("1.500")}, None]}, {"s": None, "l": []}, None], struct),
        "dict": pa.array([[("k", 1)], [], None], pa.map_(pa.string(), pa.int64())),
    }
    write_deltalake(folder("rs_types"), pa.table(columns))

def rs_odd():
    n = len(VALUES)
    columns = {"id": pa.array(range(n), pa.int64()), "p": pa.array(VALUES), "at": pa.array([AT + datetime.timedelta(seconds=i) for i in range(n)], pa.timestamp("us", "UTC")),
        "day": pa.array([datetime.date(2001, 5, i + 1) for i in range(n)]), "flag": pa.array([i % 2 == 0 for i in range(n)]), "price": pa.array([decimal.Decimal(i) / 4 for i in range(n)], pa.decimal128(9, 2))}
    write_deltalake(folder("rs_odd"), pa.table(columns), partition_by=["p", "at", "day", "flag", "price"])

def rs_changed():
    for i in range(4): write_deltalake(folder("rs_changed"), pa.table({"id": pa.array([i, i + 10], pa.int64()), "p": ["a b", "c"]}), mode="append", partition_by=["p"])
    table = DeltaTable(folder("rs_changed"))
    table.delete("id = 11")
    table.update({"id": "id + 100"}, predicate="id = 2")
    write_deltalake(folder("rs_changed"), pa.table({"id": pa.array([99], pa.int64()), "p": ["c"], "extra": ["e"]}), mode="append", schema_mode="merge")
    table = DeltaTable(folder("rs_changed"))
    table.optimize.compact()
    table.create_checkpoint()
    for file in os.listdir(folder("rs_changed/_delta_log")):
        if len(file) == 25 and int(file[:20]) < table.version(): os.remove(folder(f"rs_changed/_delta_log/{file}"))

def rs_constraint():
    write_deltalake(folder("rs_constraint"), pa.table({"id": pa.array([1], pa.int64())}))
    DeltaTable(folder("rs_constraint")).alter.add_constraint({"positive": "id > 0"})

def rs_ntz(): write_deltalake(folder("rs_ntz"), pa.table({"id": pa.array([1], pa.int64()), "moment": pa.array([datetime.datetime(2001, 5, 31, 12, 0, 0, 123456)], pa.timestamp("us"))}))

def attempt(write):
    write()
    return read(folder(write.__name__))

WRITES = [rs_types, rs_odd, rs_changed, rs_constraint, rs_ntz]
