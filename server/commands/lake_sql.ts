import { iterateCells, tableText } from "../../lib/columns/mod.ts";
import type { Lake, Result } from "../../lib/lake/mod.ts";
import { csvLine } from "./csv.ts";
import { plainJson } from "./plain_json.ts";
import { lineWidth } from "./print.ts";
import { type Answer, type Call, UsageError } from "./verb.ts";
import { withWorkbench } from "./with_workbench.ts";

const SHOWN_ROWS = 40;
const CHUNK_CHARS = 1 << 20;

/** Runs one SELECT. */
export const lakeSql = withWorkbench(async (workbench, call) => {
  const { args, options, wantsJson } = call;
  const format = wantsJson ? "json" : String(options.format);
  if (wantsJson && options.format === "csv") throw new UsageError("--json and --format csv do not go together");
  const lake = await workbench.lake();
  if (options.out !== undefined) return await written(lake, args[0]!, String(options.out));
  const result = await lake.query(args[0]!);
  if (format === "csv") return await printCsv(result, call);
  return format === "json" ? await printJson(result, call) : shown(result);
}, ({ options }) => options.asOf === undefined ? {} : { asOf: String(options.asOf) });

async function written(lake: Lake, query: string, file: string): Promise<Answer> {
  if (!file.endsWith(".parquet")) {
    throw new UsageError(`--out writes Parquet: name a file that ends with .parquet, not "${file}"`);
  }
  const { rows, bytes } = await lake.export(query, file);
  return { json: { file, rows, bytes }, text: `${rows} rows, ${bytes} bytes, are in "${file}"` };
}

function shown(result: Result): Answer {
  const text = tableText(result.arrow(), { maxRows: SHOWN_ROWS, maxWidth: lineWidth() });
  return { json: undefined, text: result.numRows > SHOWN_ROWS ? `${text}; --format csv or json prints all` : text };
}

async function printCsv(result: Result, { print }: Call): Promise<Answer> {
  const table = result.arrow();
  const rows = iterateCells(table, { bigint: true, decimal: "string", time: "string" });
  await printInChunks(
    print,
    function* () {
      yield csvLine(table.names);
      for (const cells of rows) yield csvLine(cells);
    }(),
  );
  return { json: undefined, text: "" };
}

async function printJson(result: Result, { print }: Call): Promise<Answer> {
  const rows = result.rows({ time: "string" }); // before anything is printed: a number past 2^53 is refused
  await printInChunks(
    print,
    function* () {
      for (const [at, row] of rows.entries()) yield `${at === 0 ? "[\n" : ",\n"}  ${JSON.stringify(plainJson(row))}`;
      yield rows.length === 0 ? "[]\n" : "\n]\n";
    }(),
  );
  return { json: undefined, text: "" };
}

async function printInChunks(print: Call["print"], parts: Iterable<string>): Promise<void> {
  let text = "";
  for (const part of parts) {
    text += part;
    if (text.length < CHUNK_CHARS) continue;
    await print(text);
    text = "";
  }
  if (text !== "") await print(text);
}
