import { checkWorkbench } from "../../lib/product/mod.ts";
import type { Action } from "./verb.ts";

/** The verb `check`. */
export const check: Action = async ({ args, root }) => {
  const { problems, products } = await checkWorkbench(root(), args[0]);
  const lines = problems.map(({ file, line, what }) => `${file}${line > 0 ? `:${line}` : ""}: ${what}`);
  const text = problems.length === 0
    ? `${products.join(", ")}: documented`
    : `${lines.join("\n")}\n\n${problems.length} problems in ${products.join(", ")}`;
  return { json: problems.map((problem) => ({ ...problem })), text, exitCode: problems.length === 0 ? 0 : 1 };
};
