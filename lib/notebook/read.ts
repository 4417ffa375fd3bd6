import type { z } from "zod";
import type { Notebook } from "./notebook.ts";
import { notebookSchema } from "./_schema.ts";
import { upgradeNotebook } from "./_upgrade.ts";
import { visible } from "./visible.ts";

/** More text than this is refused, in UTF-16 code units. */
const MAX_TEXT = 64 * 1024 * 1024;
const MAX_CELLS = 10_000;
/** Deeper JSON is refused: writing it again would exhaust the stack. */
const MAX_DEPTH = 200;

/**
 * Reads a notebook; nbformat 3 and 4.0 to 4.4 are upgraded in memory.
 *
 * @param text The file's text, at most 64 Mi code units with at most 10,000 cells.
 * @param file Name of the file, for errors.
 * @returns The notebook as nbformat 4.5.
 * @throws {SyntaxError} When the text is not JSON.
 * @throws {TypeError} When the JSON is not a notebook; the message names the cell.
 * @throws {RangeError} When it is too large, or of a version that is not known.
 *
 * @example
 * ```ts
 * import { readNotebook } from "./read.ts";
 *
 * const notebook = readNotebook(`{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}`, "empty.ipynb");
 * console.assert(notebook.cells.length === 0);
 * ```
 */
export function readNotebook(text: string, file: string): Notebook {
  const refuse = (rule: string) => `Cannot read notebook "${file}" as ${rule}`;
  if (text.length > MAX_TEXT) {
    throw new RangeError(refuse(`its text must be at most ${MAX_TEXT} characters: got ${text.length}`));
  }
  const raw = upgradeNotebook(parseObject(text, refuse));
  checkVersion(raw, refuse);
  const cells = Array.isArray(raw.cells) ? raw.cells : [];
  if (cells.length > MAX_CELLS) {
    throw new RangeError(refuse(`it must have at most ${MAX_CELLS} cells: got ${cells.length}`));
  }
  const read = notebookSchema.safeParse(raw);
  if (!read.success) throw new TypeError(refuse(explainIssue(read.error.issues[0]!, cells)));
  const duplicate = findDuplicate(read.data.cells);
  if (duplicate) throw new TypeError(refuse(`ids of cells must be unique: ${duplicate}`));
  return read.data;
}

type Refuse = (rule: string) => string;

function parseObject(text: string, refuse: Refuse): Record<string, unknown> {
  const depth = depthOf(text);
  if (depth > MAX_DEPTH) throw new RangeError(refuse(`JSON must nest at most ${MAX_DEPTH} deep: got ${depth}`));
  const value = parseJson(text, refuse);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TypeError(refuse(`it must be a JSON object: got ${Array.isArray(value) ? "a list" : typeOf(value)}`));
  }
  return value as Record<string, unknown>;
}

function parseJson(text: string, refuse: Refuse): unknown {
  const json = text.replace(/^\uFEFF/, "");
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new SyntaxError(refuse(`its text must be JSON: ${whatBreaks(json, cause as SyntaxError)}`), { cause });
  }
}

/** What is found in place of JSON, where, and the way out. */
function whatBreaks(text: string, error: SyntaxError): string {
  if (text.trim() === "") return "it is empty; restore the file";
  const lines = text.split("\n");
  const conflict = lines.findIndex((line) => /^(<<<<<<<|>>>>>>>) /.test(line));
  if (conflict >= 0) return `conflict mark of a merge at line ${conflict + 1}; resolve the merge`;
  const shown = (index: number) => visible(JSON.stringify(lines[index]!.trim().slice(0, MAX_SHOWN)));
  const first = lines.findIndex((line) => line.trim() !== "");
  if (!/^\s*[{["]/.test(text)) return `it begins with ${shown(first)} at line ${first + 1}; name a notebook (.ipynb)`;
  if (isCut(text, error)) return `it ends within a value at line ${lines.length}; restore the file`;
  const broken = brokenLine(lines);
  return `line ${broken + 1} breaks it with ${shown(broken)}; mend that line or restore the file`;
}

const MAX_SHOWN = 40;

/** Whether the text is right as far as it goes. */
function isCut(text: string, { message }: SyntaxError): boolean {
  const [, position] = /at position (\d+)/.exec(message) ?? [];
  return /end of JSON/.test(message) || Number(position) === text.length;
}

/** The line with the first fault, from 0: messages of the engine do not always tell it, so beginnings of the text do. */
function brokenLine(lines: readonly string[]): number {
  let [good, bad] = [0, lines.length];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (isBroken(lines.slice(0, middle).join("\n"))) bad = middle;
    else good = middle;
  }
  return bad - 1;
}

function isBroken(text: string): boolean {
  try {
    JSON.parse(text);
    return false;
  } catch (error) {
    return !isCut(text, error as SyntaxError);
  }
}

/** The deepest nesting of brackets outside of strings; counted before parsing. */
function depthOf(text: string): number {
  let [depth, deepest, quoted] = [0, 0, false];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (quoted) {
      if (code === 0x5c) at++;
      else if (code === 0x22) quoted = false;
    } else if (code === 0x22) quoted = true;
    else if (code === 0x5b || code === 0x7b) deepest = Math.max(deepest, ++depth);
    else if (code === 0x5d || code === 0x7d) depth--;
  }
  return deepest;
}

function checkVersion(raw: Record<string, unknown>, refuse: Refuse): void {
  const { nbformat, nbformat_minor } = raw;
  if (nbformat === 4 && nbformat_minor === 5) return;
  if (typeof nbformat !== "number") throw new TypeError(refuse(`nbformat must be a number: got ${typeOf(nbformat)}`));
  const found = nbformat === 4 ? `4.${show(nbformat_minor)}` : show(nbformat);
  throw new RangeError(refuse(`nbformat must be 3 or 4.0 to 4.5: got ${found}`));
}

function explainIssue(issue: z.core.$ZodIssue, cells: unknown[]): string {
  const [first, index, ...rest] = issue.path;
  const inCell = first === "cells" && typeof index === "number";
  const place = inCell ? pathText(rest) : pathText(issue.path);
  const where = inCell ? `${place === "" ? "" : `${place} of `}${nameCell(index, cells[index])}` : place || "it";
  return `${where} ${ruleOf(issue)}`;
}

function ruleOf(issue: z.core.$ZodIssue): string {
  if (issue.code === "unrecognized_keys") return `must not have ${issue.keys.map((key) => `"${key}"`).join(", ")}`;
  if (issue.code === "invalid_type") return `must be ${articled(issue.expected)}`;
  if (issue.code === "invalid_union" && issue.discriminator) return `must have a known ${issue.discriminator}`;
  if (issue.code === "invalid_value") {
    return `must be ${issue.values.map((value) => JSON.stringify(value)).join(" or ")}`;
  }
  return issue.message;
}

function articled(type: string): string {
  return { string: "a text", array: "a list", object: "an object", record: "an object" }[type] ?? type;
}

function pathText(path: PropertyKey[]): string {
  return path.map((part) => typeof part === "number" ? `[${part}]` : `.${String(part)}`).join("").replace(/^\./, "");
}

function nameCell(index: number, cell: unknown): string {
  const id = (cell as { id?: unknown } | null)?.id;
  return typeof id === "string" ? `cell ${index + 1} ("${id.slice(0, 64)}")` : `cell ${index + 1}`;
}

function findDuplicate(cells: { id: string }[]): string | null {
  const seen = new Map<string, number>();
  for (const [index, { id }] of cells.entries()) {
    const first = seen.get(id);
    if (first !== undefined) return `cells ${first + 1} and ${index + 1} are both "${id}"`;
    seen.set(id, index);
  }
  return null;
}

function typeOf(value: unknown): string {
  return value === undefined ? "nothing" : value === null ? "null" : `a ${typeof value}`;
}

function show(value: unknown): string {
  return (JSON.stringify(value) ?? "nothing").slice(0, 40);
}
