import type { Flavour, FlavourParts, OpenedModel } from "./flavour.ts";
import { type PredictInput, readFeeds } from "./feeds.ts";
import { openLookupFile } from "./_lookup_file.ts";
import { keysOf } from "./_lookup_keys.ts";
import { lookupSettings, readLookupTable } from "./lookup_table.ts";
import type { SignatureColumn } from "../signature.ts";

/** A table of the lake at one version, as key to row. */
export const LOOKUP: Flavour = {
  entry: {},
  loaderModule: null,
  file: "lookup.arrow",
  settings: lookupSettings,
  open: openLookup,
};

/** Keys that SQLite is asked for at a time. */
const BATCH = 1024;

async function openLookup({ label, signature, settings, data, digest, dir }: FlavourParts): Promise<OpenedModel> {
  const { inputs, outputs } = signature;
  const table = readLookupTable(label, data, signature);
  const file = await openLookupFile({ label, dir, digest, table, inputs, outputs });
  const { missing } = lookupSettings.parse(settings);
  const answer = answerer(outputs);
  const absent = outputs.map(({ name }) => Object.hasOwn(missing, name) ? missing[name]! : null);
  const find = (input: PredictInput, label: string) => {
    const feeds = readFeeds(label, inputs, input);
    const found = new Array<readonly unknown[]>(feeds.count).fill(absent);
    for (let from = 0; from < feeds.count; from += BATCH) {
      const keys = keysOf(inputs, feeds.columns, from, Math.min(feeds.count, from + BATCH));
      for (const row of file.find(keys)) found[from + (row[outputs.length] as number)] = row;
    }
    return found.map(answer);
  };
  return {
    signature,
    bytes: file.bytes,
    predict: (input, label) => new Promise((resolve) => resolve(find(input, label))),
    [Symbol.asyncDispose]: () => Promise.resolve(file[Symbol.dispose]()),
  };
}

/** SQLite has no booleans. */
function answerer(outputs: readonly SignatureColumn[]): (row: readonly unknown[]) => unknown {
  const cells = outputs.map(({ type }, i) => (row: readonly unknown[]) => {
    const value = row[i];
    return type === "boolean" && typeof value === "number" ? value !== 0 : value;
  });
  if (outputs.length === 1) return cells[0]!;
  return (row) => Object.fromEntries(outputs.map(({ name }, i) => [name, cells[i]!(row)]));
}
