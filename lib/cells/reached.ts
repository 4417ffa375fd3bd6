import { linkCells } from "./link.ts";
import { type ModulesOptions, openModules, type ReachedModules } from "./modules.ts";
import type { Cell } from "./parse.ts";

/** Where modules are looked for. */
export interface ReachOptions extends ModulesOptions {
  /** Absolute folder of the notebook, where relative imports start. */
  folder: string;
}

/**
 * Lists the modules that one cell reaches: by its own imports, by imports of earlier cells whose names it uses, and
 * from there through local modules. Imports of types only and `node:` modules do not count.
 *
 * @param cells The code cells of the notebook in document order.
 * @param cellId The cell.
 * @param options Folders, and how to read a file.
 * @returns The local modules with the hash of their text, and the packages.
 * @throws {RangeError} When no cell has this id.
 *
 * @example
 * ```ts
 * import { reachedModules } from "./reached.ts";
 *
 * const cells = [{ id: "a", source: `import { fit } from "./ridge.ts";` }, { id: "b", source: "fit(1)" }];
 * const readFile = () => `import "arquero";`;
 * const found = reachedModules(cells, "b", { root: "/w", folder: "/w/notebooks", readFile });
 * console.assert(Object.keys(found.modules).join() === "notebooks/ridge.ts" && found.packages.join() === "arquero");
 * ```
 */
export function reachedModules(cells: Cell[], cellId: string, { folder, ...options }: ReachOptions): ReachedModules {
  const at = cells.findIndex(({ id }) => id === cellId);
  if (at < 0) throw new RangeError(`Cannot list modules of cell "${cellId}" as the notebook must have it: no such id`);
  const cell = linkCells(cells.slice(0, at + 1))[at]!;
  return openModules(options).reach(cell.specifiers, folder);
}
