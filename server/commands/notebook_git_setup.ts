import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { readEnv } from "../../lib/config/mod.ts";
import { openRepository, setAttribute, setConfig } from "../../lib/git/mod.ts";
import { shellQuote } from "./shell_quote.ts";
import { stableDeno } from "./stable_deno.ts";
import type { Action } from "./verb.ts";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const ATTRIBUTE = "*.ipynb diff=boathouse";

/** The verb `notebook git-setup`: `git diff` and `git difftool` understand notebooks, in this clone alone. */
export const notebookGitSetup: Action = async ({ options, note }) => {
  const undo = options.undo === true;
  const { root } = await openRepository(Deno.cwd());
  const { path: deno, warning } = await stableDeno(readEnv().HOME);
  const program = [deno, "run", "-A", "--config", join(ROOT, "deno.json"), join(ROOT, "boathouse.ts"), "notebook"];
  const command = program.map(shellQuote).join(" ");
  const settings: [name: string, value: string][] = [
    ["diff.boathouse.textconv", `${command} text`],
    ["diff.boathouse.cachetextconv", "true"],
    ["difftool.boathouse.cmd", `${command} diff "$LOCAL" "$REMOTE"`],
  ];
  for (const [name, value] of settings) await setConfig(root, name, undo ? null : value);
  const attributes = await setAttribute(root, ATTRIBUTE, !undo);
  if (warning && !undo) note(warning);
  const done = undo ? "git treats notebooks as before" : "git diff shows notebooks as text";
  const tool = undo ? "" : "; git difftool --no-prompt --tool boathouse shows what changed in them";
  return {
    json: { root, attributes, settings: Object.fromEntries(undo ? [] : settings) },
    text: `${done}, in this clone${tool}`,
  };
};
