import type { NameKind } from "../../lib/cells/mod.ts";
import { type CellModule, FILE_PREFIX, HIDDEN } from "./modules.ts";
import { offsetAt, type Range } from "./positions.ts";

/** What may stand at a place. */
export interface Completions {
  /** Where what is replaced begins, in UTF-16 units. */
  start: number;
  /** Where it ends. */
  end: number;
  /** The best first, at most 200. */
  items: CompletionItem[];
}

/** One thing that may stand there. */
export interface CompletionItem {
  /** What is inserted. */
  text: string;
  /** `function`, `class`, `property`, `keyword`, `module` and others, as Jupyter's front ends show them. */
  kind: string;
  /** Its type or signature. */
  detail?: string;
}

/** A completion as the protocol has it (LSP 3.17, "CompletionItem"). */
export interface ServerItem {
  label: string;
  kind?: number;
  detail?: string;
  sortText?: string;
  filterText?: string;
  insertText?: string;
  textEdit?: { newText: string; range?: Range; insert?: Range };
}

/**
 * Picks the completions that fit what is written before a place.
 *
 * @param items What the server offers there.
 * @param place The module, and the offset in its text.
 * @returns Them by the server's order; offsets are those of the module's text.
 */
export function pickItems(
  items: readonly ServerItem[],
  { module, offset }: { module: CellModule; offset: number },
): { start: number; end: number; picked: ServerItem[] } {
  const { text } = module;
  const word = offset - WORD_BEFORE.exec(text.slice(0, offset))![0].length;
  const starts = items.map((item) => startOf(item, text) ?? word);
  const start = starts.includes(word) ? word : Math.min(word, ...starts);
  const typed = text.slice(start, offset).toLowerCase();
  const picked = items.filter((item, index) => {
    const { label, filterText = label } = item;
    if (label.startsWith(HIDDEN) || label.includes(FILE_PREFIX)) return false;
    return starts[index] === start && filterText.toLowerCase().startsWith(typed);
  });
  const end = Math.max(offset, ...picked.map((item) => endOf(item, text) ?? offset));
  return { start, end, picked: picked.sort(byServer).slice(0, MAX_ITEMS) };
}

/** Shows a completion; a name of another cell as what declares it there. */
export function toItem({ label, kind = 1, detail, ...item }: ServerItem, { links }: CellModule): CompletionItem {
  const text = item.textEdit?.newText ?? item.insertText ?? label;
  const linked = links.get(label);
  const shown = linked ? LINKED_KINDS[linked] : KINDS[kind] ?? "text";
  return detail ? { text, kind: shown, detail } : { text, kind: shown };
}

function startOf({ textEdit }: ServerItem, text: string): number | null {
  const range = textEdit?.range ?? textEdit?.insert;
  return range ? offsetAt(text, range.start) : null;
}

function endOf({ textEdit }: ServerItem, text: string): number | null {
  return textEdit?.range ? offsetAt(text, textEdit.range.end) : null;
}

function byServer(a: ServerItem, b: ServerItem): number {
  return compare(a.sortText ?? a.label, b.sortText ?? b.label) || compare(a.label, b.label);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const WORD_BEFORE = /[#@]?[\p{ID_Continue}$\u200c\u200d]*$/u;
const MAX_ITEMS = 200;

/** The protocol's numbers of kinds. */
const KINDS: Record<number, string> = {
  2: "function",
  3: "function",
  4: "function",
  5: "property",
  6: "variable",
  7: "class",
  8: "interface",
  9: "module",
  10: "property",
  12: "variable",
  13: "enum",
  14: "keyword",
  17: "file",
  19: "folder",
  20: "property",
  21: "variable",
  22: "interface",
  25: "interface",
};

const LINKED_KINDS: Record<NameKind, string> = {
  class: "class",
  constant: "variable",
  enum: "enum",
  function: "function",
  import: "module",
  module: "module",
  type: "interface",
  variable: "variable",
};
