import type { CommMessage } from "./child/comms.ts";
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
  /** What goes to the comms of clients; no output of a cell. */
  | { kind: "comm"; message: CommMessage }
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
  let entries: { output: Output; displayId: string | undefined; at: number }[] = [];
  /** What ids stand there, and what was last to be shown under them: a cell may update thousands at once. */
  let shown = new Map<string, { data: MimeBundle; metadata: MimeBundle; at: number } | null>();
  let count = 0;
  let clearing = false;
  const drop = (): void => {
    entries = [];
    shown = new Map();
  };
  return {
    outputs: () =>
      entries.map(({ output, displayId, at }) => {
        const update = displayId === undefined ? null : shown.get(displayId);
        if (!update || update.at < at || !("data" in output)) return output;
        return { ...output, data: update.data, metadata: update.metadata };
      }),
    add: (output, displayId) => {
      if (clearing) drop();
      clearing = false;
      const last = entries.at(-1)?.output;
      if (output.output_type === "stream" && last?.output_type === "stream" && last.name === output.name) {
        entries.at(-1)!.output = { ...last, text: last.text + output.text };
        return;
      }
      entries.push({ output, displayId, at: count++ });
      if (displayId !== undefined && !shown.has(displayId)) shown.set(displayId, null);
    },
    update: (id, data, metadata) => {
      const isShown = shown.has(id);
      if (isShown) shown.set(id, { data, metadata, at: count++ });
      return isShown;
    },
    clear: (wait) => {
      if (wait) clearing = true;
      else drop();
    },
  };
}
