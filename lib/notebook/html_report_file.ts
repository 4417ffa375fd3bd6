import { basename, dirname, join, relative, resolve } from "node:path";
import { reportHtml } from "./html_report.ts";
import { readNotebook } from "./read.ts";
import { linkBetween, placeOf, replaceFile } from "./_report_place.ts";
import { verifyNotebook } from "./verify.ts";

/** Where a page goes. */
export interface HtmlFileOptions {
  /** Absolute folder of the workbench. */
  root: string;
  /** Path of the page; beside the notebook's Markdown report by default. */
  out?: string;
}

/** In bytes. */
const MAX_IMAGE = 8_000_000;

/**
 * Writes the report of a notebook as one HTML page with the verdicts on its cells as they are now. Pictures that its
 * Markdown shows become part of it, where they lie in the workbench.
 *
 * @param file Path of the notebook.
 * @param options Folder of the workbench, and where the page goes.
 * @returns Absolute path of the page.
 * @throws {RangeError} When no place is given and the notebook is not below `notebooks/`.
 * @throws {SyntaxError | TypeError} When it is not a notebook.
 *
 * @example
 * ```ts
 * import { writeHtmlReport } from "./html_report_file.ts";
 *
 * const root = await Deno.makeTempDir();
 * const file = `${root}/1_explore.ipynb`;
 * await Deno.writeTextFile(file, `{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}`);
 * console.assert((await writeHtmlReport(file, { root, out: `${root}/page.html` })).endsWith("/page.html"));
 * ```
 */
export async function writeHtmlReport(file: string, { root, out }: HtmlFileOptions): Promise<string> {
  const [path, name] = [resolve(file), basename(file, ".ipynb")];
  const to = out === undefined ? join(placeOf(file, root).folder, `${name}.html`) : resolve(out);
  await Deno.mkdir(dirname(to), { recursive: true });
  const page = await reportHtml(readNotebook(await Deno.readTextFile(path), file), {
    name,
    ...await linkWithin(root, dirname(to), path),
    verdicts: await verifyNotebook(path, { root }),
    readImage: (image) => readBelow(root, join(dirname(path), image)),
  });
  await replaceFile(to, new TextEncoder().encode(page));
  return to;
}

/** The link to a notebook, of a page in its workbench; one elsewhere is taken along without it, and its links lead nowhere. */
async function linkWithin(root: string, from: string, to: string): Promise<{ link?: string }> {
  const [top, folder, file] = await Promise.all([root, from, to].map((path) => Deno.realPath(path)));
  const isInside = [folder!, file!].every((path) => !relative(top!, path).startsWith(".."));
  return isInside ? { link: linkBetween(folder!, file!) } : {};
}

/** Bytes of a file, null where it is not in the folder, also through links, or too large. */
async function readBelow(folder: string, path: string): Promise<Uint8Array | null> {
  try {
    const real = await Deno.realPath(path);
    if (relative(await Deno.realPath(folder), real).startsWith("..")) return null;
    const { isFile, size } = await Deno.stat(real);
    return isFile && size <= MAX_IMAGE ? await Deno.readFile(real) : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return null;
    throw error;
  }
}
