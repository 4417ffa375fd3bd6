import { dirname, relative, resolve } from "node:path";
import { findRoot, readYaml } from "../../lib/config/mod.ts";
import type { Json } from "../../lib/events/mod.ts";
import { z } from "zod";
import { textTable } from "./text_table.ts";

/** A parameter of a notebook, as its runner tells it. */
export interface NotebookParameter {
  /** Its name. */
  name: string;
  /** Its type as people read it. */
  type: string;
  /** Whether it must be given. */
  required: boolean;
  /** The value that it has otherwise, as one writes it on a command line. */
  fallback?: string;
  /** What it is for. */
  description?: string;
}

/** Lists the parameters of a notebook; it lives with the kernel and is handed in by the command line. */
export type DescribeParameters = (file: string, options: { root: string }) => Promise<NotebookParameter[]>;

/**
 * Reads what `-p` gives.
 *
 * @param pairs texts such as `route=ORD-LGA`
 * @returns texts by name; of one name the last counts
 * @throws {RangeError} when one is not NAME=VALUE
 */
export function parsePairs(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(pairs.map((pair) => {
    const at = pair.indexOf("=");
    if (at < 1) throw new RangeError(`Cannot read parameter "${pair}" as it must be NAME=VALUE`);
    return [pair.slice(0, at), pair.slice(at + 1)];
  }));
}

/**
 * Reads parameters from a file.
 *
 * @param file path of a YAML or JSON file
 * @returns values by name
 * @throws {Deno.errors.NotFound} when there is no such file
 * @throws {SyntaxError} when it is no YAML, or repeats a name
 * @throws {TypeError} when it is no mapping of names to values
 */
export async function readParameterFile(file: string): Promise<Record<string, Json>> {
  return readYaml(await Deno.readTextFile(file), file, z.record(z.string(), z.json()), "parameters");
}

/**
 * Tells the parameters of a notebook for the help of `notebook run`.
 *
 * @param words words behind the verb, the notebook among them
 * @param describeParameters lists its parameters
 * @returns lines with types, defaults and an example; empty where no notebook is named
 * @throws {Error} when they cannot be read
 */
export async function parametersHelp(
  words: readonly string[],
  describeParameters: DescribeParameters,
): Promise<string> {
  const file = words.find((word) => !word.startsWith("-") && word.endsWith(".ipynb"));
  if (file === undefined) return "";
  const parameters = await describeParameters(file, { root: findRoot(dirname(resolve(file))) });
  const name = relative(Deno.cwd(), resolve(file));
  if (parameters.length === 0) return `Parameters of ${name}: none; tag the cell that declares them "parameters"`;
  const table = textTable(parameters.map(({ name, type, required, fallback, description }) => ({
    name,
    type,
    default: fallback === undefined ? `(${required ? "required" : "optional"})` : fallback === "" ? '""' : fallback,
    description: description ?? "",
  })));
  return `\nParameters of ${name}:\n${table.replace(/^/gm, "  ")}\n\nWith parameters:\n  ${
    exampleOf(name, parameters)
  }`;
}

function exampleOf(file: string, parameters: readonly NotebookParameter[]): string {
  const required = parameters.filter((parameter) => parameter.required);
  const shown = required.length > 0 ? required : parameters.slice(0, 2);
  const pairs = shown.map(({ name, fallback }) => `-p ${quote(`${name}=${fallback ?? "VALUE"}`)}`);
  return ["boathouse notebook run", quote(file), ...pairs].join(" ");
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
