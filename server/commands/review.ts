import { findRoot, loadSettings, pathExists } from "../../lib/config/mod.ts";
import type { Json } from "../../lib/events/mod.ts";
import { openRepository } from "../../lib/git/mod.ts";
import { reviewChanges, reviewMarkdown, reviewText } from "../../lib/product/mod.ts";
import { explain } from "./explain.ts";
import { reportTarget } from "./_report_target.ts";
import { type Action, UsageError } from "./verb.ts";

/** The verb `review`. */
export const review: Action = async ({ args, options, note }) => {
  const { base, head } = readRange(args[0]!);
  const out = typeof options.out === "string" ? reportTarget("--out", options.out, [".md", ".txt"]) : null;
  const link = typeof options.link === "string" ? options.link : undefined;
  const repository = await openRepository(Deno.cwd());
  const found = await reviewChanges(repository, {
    base,
    head,
    promoted: () => promotedVersions(repository.root, note),
  });
  const colours = Deno.stdout.isTerminal() && !Deno.noColor;
  const text = options.markdown === true || out !== null
    ? reviewMarkdown(found, link === undefined ? {} : { link }).trimEnd()
    : reviewText(found, { colours });
  const json: Json = JSON.parse(JSON.stringify(found, (key, value) => key === "base64" ? undefined : value));
  if (out === null) return { json, text };
  await Deno.writeTextFile(out, `${text}\n`);
  note(`${out}: ${text.length} characters`);
  return { json, text: "" };
};

/** As git writes a range; what is left out is HEAD, and two dots mean what three do: a review begins where the change did. */
function readRange(range: string): { base: string; head: string } {
  const found = /^(.*?)\.{2,3}(.*)$/.exec(range);
  if (!found) {
    throw new UsageError(
      `Cannot review "${range}" as it must be BASE..HEAD: write "${range}.." for what came since then`,
    );
  }
  const [, from, to] = found;
  if (!from && !to) throw new UsageError(`Cannot review "${range}" as it must be BASE..HEAD, such as main..HEAD`);
  return { base: from || "HEAD", head: to || "HEAD" };
}

/** Milliseconds that a bus may take: a review is right without it. */
const WAIT_MS = 3_000;

/** The newest promoted versions, as the control topic of the workbench here has them; reviewing makes neither bus nor topic. */
async function promotedVersions(
  folder: string,
  note: (line: string) => void,
): Promise<Record<string, string> | null> {
  try {
    const root = findRoot(Deno.cwd().startsWith(folder) ? Deno.cwd() : folder);
    const { bus } = loadSettings(root);
    if (bus.kind === "sqlite" && !pathExists(bus.dir)) return {};
    const { openWorkbench } = await import("../../lib/workbench/mod.ts");
    await using workbench = openWorkbench(root, { waitMs: WAIT_MS });
    const topics = await (await workbench.bus()).topics();
    if (!topics.some(({ topic }) => topic === "control")) return {};
    const { functions } = await (await workbench.control()).state();
    return Object.fromEntries(Object.entries(functions).map(([name, { hash }]) => [name, hash]));
  } catch (error) {
    note(`which versions are promoted is unknown: ${explain(error)}`);
    return null;
  }
}
