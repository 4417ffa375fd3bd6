import type { Problem } from "./problem.ts";

const PLACEHOLDER =
  /\b(TODO|TBD|FIXME|XXX|lorem ipsum|to be (?:written|done|defined)|your text here|describe .* here)\b|<(?:your|insert)[^>]*>/i;

/**
 * Finds placeholders that stand in for documentation.
 *
 * @param file file, relative to the workbench's folder
 * @param text its text
 * @returns one problem per line with a placeholder
 * @example
 * ```ts
 * import { checkPlaceholders } from "./placeholders.ts";
 * if (checkPlaceholders("README.md", "Owner: TBD").length !== 1) throw new Error("unexpected");
 * ```
 */
export function checkPlaceholders(file: string, text: string): Problem[] {
  return text.split("\n").flatMap((line, index) => {
    const found = PLACEHOLDER.exec(line);
    return found ? [{ file, line: index + 1, what: `placeholder "${found[0]}": write what it stands for` }] : [];
  });
}
