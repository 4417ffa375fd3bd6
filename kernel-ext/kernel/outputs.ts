import type { DisplayOutput, ErrorOutput, MimeBundle, Output } from "../../lib/notebook/mod.ts";

/** What a cell shows, one step at a time; text comes in pieces. */
export type OutputEvent =
  | { kind: "stream"; name: "stdout" | "stderr"; text: string }
  /** A display, or the value of the last expression. */
  | { kind: "display"; output: DisplayOutput; displayId?: string }
  /** What stands under an id is shown anew, in whichever cell it stands. */
  | { kind: "update"; data: MimeBundle; metadata: Record<string, unknown>; displayId: string }
  /** The cell's outputs so far go, at once or when the next one comes. */
  | { kind: "clear"; wait: boolean }
  | { kind: "error"; output: ErrorOutput };

/** Gathers the outputs of one evaluation in the order in which they came. */
export interface Collector {
  /** The outputs so far; a fresh array. */
  outputs(): Output[];
  /** Adds one; text goes to the end of a stream output of the same name. */
  add(output: Output, displayId?: string): void;
  /** Replaces what was displayed under an id; returns whether anything was. */
  update(displayId: string, data: MimeBundle, metadata: MimeBundle): boolean;
  /** Drops all, now or when the next one comes. */
  clear(wait: boolean): void;
}

/** Makes a collector without outputs. */
export function createCollector(): Collector {
  let entries: { output: Output; displayId?: string | undefined }[] = [];
  let clearing = false;
  return {
    outputs: () => entries.map(({ output }) => output),
    add: (output, displayId) => {
      if (clearing) entries = [];
      clearing = false;
      const last = entries.at(-1)?.output;
      if (output.output_type === "stream" && last?.output_type === "stream" && last.name === output.name) {
        entries[entries.length - 1] = { output: { ...last, text: last.text + output.text } };
      } else entries.push({ output, displayId });
    },
    update: (id, data, metadata) => {
      const hits = entries.filter(({ displayId }) => displayId === id);
      entries = entries.map((entry) => {
        const { output } = entry;
        const shows = output.output_type === "display_data" || output.output_type === "execute_result";
        return entry.displayId === id && shows ? { ...entry, output: { ...output, data, metadata } } : entry;
      });
      return hits.length > 0;
    },
    clear: (wait) => {
      if (wait) clearing = true;
      else entries = [];
    },
  };
}
