import { time, wholeNumber } from "./option_values.ts";
import type { Verb } from "./verb.ts";

/** Verbs of the data lake. */
export const LAKE_VERBS: readonly Verb[] = [
  {
    usage: "lake tables",
    about: "tables with rows, files, bytes, version, and what the bus has beyond them",
    example: "boathouse lake tables",
    load: async () => (await import("./lake_tables.ts")).lakeTables,
  },
  {
    usage: "lake show <table>",
    about: "a table: columns, first rows, files, partitioning, history",
    example: "boathouse lake show flights",
    load: async () => (await import("./lake_show.ts")).lakeShow,
  },
  {
    usage: "lake sql <query>",
    about: "run one SELECT over the lake and the bus's tail",
    options: [
      ["--as-of <time>", "read each table at its newest version until then, such as 2001-05-31", undefined, time],
      ["--out <file>", "write the rows to a new Parquet file, such as rides.parquet"],
      ["--format <format>", "how rows are printed", "table", ["table", "json", "csv"]],
    ],
    example: `boathouse lake sql "SELECT origin, avg(delay) FROM flights GROUP BY origin LIMIT 5"`,
    load: async () => (await import("./lake_sql.ts")).lakeSql,
  },
  {
    usage: "lake ingest",
    about: "move everything that is on the bus now into the lake",
    options: [
      ["--resume <topic>", "let partitions that stand still go on, without what is lost"],
      ["--why <text>", "resume: why; it stands in the table's history"],
    ],
    example: "boathouse lake ingest",
    load: async () => (await import("./lake_ingest.ts")).lakeIngest,
  },
  {
    usage: "lake compact <table>",
    about: "write the small files of a table anew as larger ones; no row changes",
    options: [["--cluster-by <columns>", "sort a table that is no topic's by these columns, such as origin,day"]],
    example: "boathouse lake compact flights",
    load: async () => (await import("./lake_compact.ts")).lakeCompact,
  },
  {
    usage: "lake vacuum <table>",
    about: "delete data files that no version needs any more; pinned versions stay",
    options: [
      ["--retention <hours>", "how long removed files are kept for who still reads them", "168", wholeNumber],
      ["--dry-run", "only tell what would be deleted"],
    ],
    example: "boathouse lake vacuum flights --dry-run",
    load: async () => (await import("./lake_vacuum.ts")).lakeVacuum,
  },
  {
    usage: "lake pins [action] [what]",
    about: "versions that stay readable: list them, add TABLE, or remove ID",
    options: [
      ["--until <time>", "add: when the pin ends", undefined, time],
      ["--why <text>", "add: what it is for"],
      ["--at <version>", "add: the version; the newest by default", undefined, wholeNumber],
    ],
    example: `boathouse lake pins add route_delay --until 2027-01-01 --why "figures of the annual report"`,
    load: async () => (await import("./lake_pins.ts")).lakePins,
  },
];
