import { pythonEnv } from "../peers/python.ts";

/** What delta-rs reads of a table. */
export interface TableRead {
  /** Version that it read. */
  version: number;
  /** `_key` of each row, in the order of partition and offset. */
  keys: string[];
  /** Per partition: number of rows, of different offsets, the first and the last offset. */
  partitions: Record<string, { rows: number; offsets: number; first: number; last: number }>;
}

/** A process of Python that reads tables by delta-rs, one after the other. */
export interface Reader extends AsyncDisposable {
  /** Version of the package `deltalake`. */
  version: string;
  /** Reads a topic's table. */
  read(uri: string, options?: Record<string, string>): Promise<TableRead>;
}

const PROGRAM = `
import collections, json, sys
import deltalake
def read(table):
    rows = table.to_pyarrow_table(columns=["_partition", "_offset", "_key"])
    rows = rows.sort_by([("_partition", "ascending"), ("_offset", "ascending")]).to_pydict()
    offsets = collections.defaultdict(list)
    for partition, offset in zip(rows["_partition"], rows["_offset"]): offsets[partition].append(offset)
    partitions = {p: {"rows": len(o), "offsets": len(set(o)), "first": o[0], "last": o[-1]} for p, o in offsets.items()}
    return {"version": table.version(), "keys": rows["_key"], "partitions": partitions}
print(json.dumps({"version": deltalake.__version__}), flush=True)
for line in sys.stdin:
    try:
        asked = json.loads(line)
        answer = read(deltalake.DeltaTable(asked["uri"], storage_options=asked["options"]))
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
`;

/**
 * Starts the reader.
 *
 * @returns the reader; dispose of it, for it is a process
 * @throws {Error} when there is no Python, or its packages cannot be installed
 */
export async function openReader(): Promise<Reader> {
  const python = await pythonEnv("deltalake", ["deltalake==1.6.6", "pyarrow==22.0.0"]);
  const process = new Deno.Command(python, { args: ["-c", PROGRAM], stdin: "piped", stdout: "piped" }).spawn();
  const writer = process.stdin.getWriter();
  const lines = linesOf(process.stdout);
  const answer = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error("Cannot read by delta-rs as its process must answer: it ended");
    return JSON.parse(value);
  };
  const { version } = await answer() as { version: string };
  let last: Promise<unknown> = Promise.resolve();
  const read = (uri: string, options: Record<string, string> = {}): Promise<TableRead> => {
    const next = last.then(async () => {
      await writer.write(new TextEncoder().encode(JSON.stringify({ uri, options }) + "\n"));
      const table = await answer() as TableRead & { error?: string };
      if (table.error !== undefined) throw new Error(`Cannot read "${uri}" by delta-rs: ${table.error}`);
      return table;
    });
    last = next.catch(() => undefined); // one at a time
    return next;
  };
  return {
    version,
    read,
    async [Symbol.asyncDispose]() {
      process.kill("SIGKILL"); // deltalake may abort when it ends in order
      await process.status;
    },
  };
}

/**
 * Splits a stream of bytes into lines.
 *
 * @param stream the bytes
 * @returns the lines, without their ends
 */
export async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== "") yield rest;
}
