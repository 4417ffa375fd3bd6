import type { SqlConnection } from "./write_parquet.ts";

/** What a reader of the lake or of models has read: enough to read the same again. */
export type InputRead =
  & { /** Name as used by the reader. */ name: string }
  & (
    | {
      /** Id of a topic's table. */
      table: string;
      /** Incarnation of the topic. */
      incarnation: string;
      /** First offset that was not read, by partition. */
      ends: Record<string, number>;
      /** Number of rows below the ends. */
      rows: number;
      /** Newest event time among them, ISO 8601 UTC. */
      until?: string;
    }
    | {
      /** Id of a table that a notebook or job wrote. */
      table: string;
      /** Version that was read. */
      version: number;
      /** SHA-256 of the paths of its files, sorted, one a line. */
      digest: string;
    }
    | {
      /** Name of a model. */
      model: string;
      /** Version of the model. */
      version: string;
      /** SHA-256 of the model. */
      digest: string;
    }
  );

/** What a program has written: a table of the lake or a model of the registry, by name. */
export type OutputWritten = { /** Name of the table. */ table: string } | { /** Name of the model. */ model: string };

/** Told what a program reads and writes, as it does so. */
export interface Recorder {
  /** Called once for each query and input. */
  read(input: InputRead): void;
  /** Called when a table or a model has been written. */
  wrote?(output: OutputWritten): void;
  /** Called when a query asks the clock or draws at random, so that it cannot be proved. */
  unproven?(kind: "clock" | "random"): void;
}

/** Where each table stands still for a whole run. */
export interface Pin {
  /** A topic's table by end offsets and a version that holds or precedes them; any other table by version. */
  tables: Record<string, RawPin | DerivedPin>;
}

/** A topic's table at end offsets. */
export interface RawPin {
  /** Incarnation of the topic. */
  incarnation: string;
  /** First offset that is not read, by partition. */
  ends: Record<string, number>;
  /** Version of the table when it was pinned; -1 when it was on the bus only. Later versions hold the same rows. */
  version: number;
}

/** A table at a version. */
export interface DerivedPin {
  /** Version that is read. */
  version: number;
}

/** The records of a topic that are not in the lake yet. */
export interface Tail {
  /**
   * Finds where a topic ends now.
   *
   * @param topic name of the topic
   * @returns high watermarks by partition, with the incarnation they belong to; null when it is not a topic
   */
  ends(topic: string): Promise<{ incarnation: string; ends: Record<string, number> } | null>;
  /**
   * Loads records of the bus as rows of the topic's table, with all columns, `day` and `fit` included.
   *
   * @param connection DuckDB connection, locked: it reads files below `dir` only
   * @param topic name of the topic
   * @param from first offset by partition
   * @param to end offset by partition
   * @param options `dir`: absolute folder for files of its own
   * @returns name of the temporary table that holds them
   * @throws {RangeError} when the bus does not hold the first offsets any more
   */
  load(
    connection: SqlConnection,
    topic: string,
    from: Record<string, number>,
    to: Record<string, number>,
    options: { dir: string },
  ): Promise<string>;
}
