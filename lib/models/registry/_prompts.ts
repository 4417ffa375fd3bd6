import type { Condition } from "./_filter.ts";
import { type Clause, readClauses } from "./_filter_text.ts";

const PROMPT_TAG = "mlflow.prompt.is_prompt";

/**
 * Leaves out what MLflow keeps prompts in, as its searches do unless they ask for prompts.
 *
 * @param filter the search filter
 * @param tag SQL of a tag's value, whose only parameter is the key
 * @returns a condition, and which comparisons of the filter it stands for
 * @throws {RegistryError} when the filter is malformed
 */
export function noPrompts(filter: string, tag: string): Condition & { skip: (clause: Clause) => boolean } {
  const isAbout = ({ entity, key }: Clause) => entity === "tag" && key === PROMPT_TAG;
  const asked = readClauses(filter, false).find(isAbout);
  const value = asked?.value.items[0]?.toLowerCase();
  const wantsPrompts = (asked?.comparator === "=" && value === "true") ||
    (asked?.comparator === "!=" && value === "false");
  if (wantsPrompts) return { where: "true", values: [], skip: () => false };
  return { where: `ifnull(${tag}, '') <> 'true'`, values: [PROMPT_TAG], skip: isAbout };
}
