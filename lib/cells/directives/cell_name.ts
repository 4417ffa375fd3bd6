import { readDirectives } from "./read_directives.ts";

/**
 * Says how messages name a cell: by its `//| label`, or by its id where it has none.
 *
 * @param cell The cell's id and text.
 * @returns One line of at most 80 characters, without controls and marks that reorder text.
 *
 * @example
 * ```ts
 * import { cellName } from "./cell_name.ts";
 *
 * console.assert(cellName({ id: "a1b2", source: "//| label: delay\nlet a = 1;" }) === "delay");
 * console.assert(cellName({ id: "a1b2", source: "let a = 1;" }) === "a1b2");
 * ```
 */
export function cellName({ id, source }: { id: string; source: string }): string {
  const { label } = readDirectives(source.slice(0, MAX_HEAD));
  const line = typeof label === "string" ? label.replace(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, " ").trim() : "";
  const chars = [...line];
  return chars.length > MAX_NAME ? `${chars.slice(0, MAX_NAME - 1).join("").trimEnd()}…` : line || id;
}

const MAX_NAME = 80;
/** Directives stand at the head, and a cell may hold megabytes. */
const MAX_HEAD = 100_000;
