import { invalid } from "../client/registry_error.ts";

/** `attribute = 'value'`. */
export interface Equality {
  /** Name of an attribute, or `tags.` and the key of a tag. */
  attribute: string;
  /** What it must be. */
  value: string;
}

const LEFT = /\s*([a-z_]+|tags\.(?:[\w.-]+|`[^`]+`|"[^"]+"))\s*(!=|>=|<=|=|>|<|I?LIKE\b|NOT\s+IN\b|IN\b)\s*/iy;
const RIGHT = /(?:'([^']*)'|"([^"]*)")\s*(?:and\s+(?=\S)|$)/iy;

/**
 * Reads a search filter: equalities joined by AND, which is the part of MLflow's filters that this version has.
 *
 * @param filter for example `` name = 'delay' and tags.`team` = 'rail' ``; empty for no condition
 * @param attributes names that may be compared, `tags` among them where tags may be
 * @returns the equalities, all of which must hold
 * @throws {RegistryError} when a clause is malformed or uses another comparator, which is named
 */
export function parseFilter(filter: string, attributes: readonly string[]): Equality[] {
  const found: Equality[] = [];
  const text = filter.trimEnd();
  for (let at = 0; at < text.length;) {
    const [left, attribute, comparator] = matchAt(LEFT, text, at) ?? [];
    if (left === undefined) throw malformed(text, at);
    if (!attributes.includes(attribute!.split(".")[0]!)) {
      throw invalid(`Invalid attribute key '${attribute}' specified. Valid keys are '${attributes.join(", ")}'`);
    }
    if (comparator !== "=") {
      throw invalid(
        `Cannot search with "${comparator}" as this version of the registry compares by = only: ${
          text.slice(at).trim()
        }`,
      );
    }
    const [right, single, double] = matchAt(RIGHT, text, at + left.length) ?? [];
    if (right === undefined) throw malformed(text, at);
    found.push({ attribute: attribute!.replaceAll(/[`"]/g, ""), value: single ?? double! });
    at += left.length + right.length;
  }
  return found;
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  const sticky = new RegExp(pattern);
  sticky.lastIndex = at;
  return sticky.exec(text);
}

function malformed(text: string, at: number): Error {
  return invalid(`Invalid clause(s) in filter string: ${text.slice(at).trim()}`);
}
