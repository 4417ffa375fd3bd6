import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { type Bus, openBus } from "./mod.ts";
import { compare, flights, insertRows, openRows, padded, rate } from "./testdata/bench.ts";

// Paged replay, read() and records(), against a bare scan of the same records in rows. First as both give them: key, times
// and the value's JSON as text; then with every value parsed on both sides.

const TOTAL = 200_000;
const dir = await Deno.makeTempDir({ prefix: "boathouse-bench-" });
try {
  for (const [what, messages] of [["records of 200 bytes", padded(TOTAL)], ["flights", flights(TOTAL)]] as const) {
    await using bus = await openBus({ kind: "sqlite", dir: join(dir, what) });
    using rows = openRows(join(dir, `${what}.db`));
    await bus.createTopic("flights");
    for (const size of [100, 1_000]) {
      const from = (await bus.positions("flights"))[0]!.high;
      for (let start = 0; start < TOTAL; start += size) {
        await bus.publish("flights", messages.slice(start, start + size));
      }
      if (size === 100) insertRows(rows, 0, messages, 1_000);
      for (const isParsed of [false, true]) {
        await compare({
          name: `replay ${what} in batches of ${size}, values ${isParsed ? "parsed" : "as text"}`,
          unit: "records/s",
          peer: `select * … iterate(), values ${isParsed ? "parsed" : "as text"}`,
          ours: () => rate(TOTAL, () => replay(bus, from, isParsed)),
          theirs: () => rate(TOTAL, () => scan(rows, isParsed)),
        });
      }
    }
  }
} finally {
  await Deno.remove(dir, { recursive: true });
}

async function replay(bus: Bus, from: number, isParsed: boolean): Promise<void> {
  let seen = 0;
  for await (const batch of bus.read("flights", 0, from)) {
    for (const record of batch.records()) if ((isParsed ? record.value : record.json) && record.key) seen++;
  }
  if (seen !== TOTAL) throw new Error(`Cannot measure as all must be read: got ${seen} of ${TOTAL}`);
}

function scan(rows: DatabaseSync, isParsed: boolean): void {
  let seen = 0;
  for (const { key, value } of rows.prepare("select * from record order by topic, offset").iterate()) {
    if ((isParsed ? JSON.parse(value as string) : value) && key) seen++;
  }
  if (seen !== TOTAL) throw new Error(`Cannot measure as all must be read: got ${seen} of ${TOTAL}`);
}
