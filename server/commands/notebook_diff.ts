import type { Json } from "../../lib/events/mod.ts";
import {
  diffAsHtml,
  diffAsText,
  diffVersions,
  isCode,
  type NotebookDiff,
  type NotebookVersion,
  visible,
} from "../../lib/notebook/mod.ts";
import { loadSide } from "./_load_side.ts";
import { notebookSides } from "./_notebook_sides.ts";
import { reportTarget } from "./_report_target.ts";
import type { Action } from "./verb.ts";

const HTML = [".html", ".htm"] as const;

/** The verb `notebook diff`. */
export const notebookDiff: Action = async ({ args, options, note }) => {
  const html = typeof options.html === "string" ? reportTarget("--html", options.html, HTML) : null;
  const words = args.filter((word) => word !== undefined);
  const [from, to] = await notebookSides(words, Deno.cwd());
  const show = options.outputs === false ? withoutOutputs : (version: NotebookVersion) => version;
  const [was, now] = [show(await loadSide(from)), show(await loadSide(to))];
  const diff = diffVersions(was, now);
  if (html !== null) {
    await Deno.writeTextFile(html, diffAsHtml(diff, { old: from.name, new: to.name }));
    note(`${html}: the page of what changed`);
  }
  const renamed = from.renamed === true || to.renamed === true;
  const failed = was.state === "broken" || now.state === "broken";
  const colours = Deno.stdout.isTerminal() && !Deno.noColor;
  return {
    json: { renamed, ...asJson({ ...was, name: from.name }, { ...now, name: to.name }, diff) },
    text: `${visible(from.name)} → ${visible(to.name)}${renamed ? ": renamed" : ""}\n\n${
      diffAsText(diff, { colours })
    }`,
    exitCode: failed || (options.exitCode === true && !diff.equal) ? 1 : 0,
  };
};

/** Findings stay, as the record of a run has them. */
function withoutOutputs(version: NotebookVersion): NotebookVersion {
  const { notebook } = version;
  const cells = notebook?.cells.map((cell) => isCode(cell) ? { ...cell, outputs: [] } : cell) ?? [];
  return { ...version, notebook: notebook && { ...notebook, cells } };
}

/** Figures have their digests; their bytes stand in the notebooks. */
function asJson(was: NotebookVersion, now: NotebookVersion, diff: NotebookDiff): Record<string, Json> {
  const plain = JSON.parse(JSON.stringify(diff, (key, value) => key === "base64" ? undefined : value));
  const side = ({ name, state }: NotebookVersion) => ({ name, state });
  return { old: side(was), new: side(now), ...plain };
}
