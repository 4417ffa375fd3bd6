import { canonicalJson } from "../events/mod.ts";
import type { FunctionSchemas } from "./compile_plan.ts";
import type { PinnedSpec } from "./plan_revision.ts";
import { answeringCalls, beginningCalls } from "./plan_tree.ts";

type Schema = Record<string, unknown>;

/**
 * Says what callers of one revision would find broken by another: requests refused that were accepted, output fields
 * gone or of another type. Judged by the schemas; what cannot be shown to be compatible counts as broken.
 *
 * @param active revision that is served
 * @param next revision that is to replace it
 * @param schemasOf gives the schemas of a function's version by its hash
 * @returns one sentence per break; empty when callers notice nothing
 * @example
 * ```ts
 * import { contractBreaks } from "./contract_rule.ts";
 * const spec = { variants: [{ name: "a", weight: 1, steps: [{ value: 1 }] }] };
 * if (contractBreaks(spec, spec, () => ({ input: {}, output: {} })).length !== 0) throw new Error("unexpected");
 * ```
 */
export function contractBreaks(
  active: Pick<PinnedSpec, "variants">,
  next: Pick<PinnedSpec, "variants">,
  schemasOf: (hash: string) => FunctionSchemas,
): string[] {
  const before = inputsOf(active, schemasOf), after = inputsOf(next, schemasOf);
  const refused = after.flatMap((schema) => {
    const breaks = before.map((old) => inputBreaks(old, schema));
    if (breaks.some((found) => found.length === 0)) return [];
    return breaks[0] ?? ["requests are checked that were not"];
  });
  const answers = outputsOf(next, schemasOf);
  const dropped = outputsOf(active, schemasOf).flatMap((old) => answers.flatMap((schema) => outputBreaks(old, schema)));
  return [...new Set([...refused, ...dropped])];
}

function inputsOf({ variants }: Pick<PinnedSpec, "variants">, schemasOf: (hash: string) => FunctionSchemas): Schema[] {
  const firsts = variants.flatMap(({ steps }) => beginningCalls(steps));
  return distinct(firsts.map(({ hash }) => schemasOf(hash).input));
}

function outputsOf({ variants }: Pick<PinnedSpec, "variants">, schemasOf: (hash: string) => FunctionSchemas): Schema[] {
  const calls = variants.flatMap(({ steps }) => answeringCalls(steps));
  return distinct(calls.map(({ hash }) => schemasOf(hash).output));
}

function distinct(schemas: Schema[]): Schema[] {
  return [...new Map(schemas.map((schema) => [canonicalJson(schema), schema])).values()];
}

// Enough, not necessary: an equal rule for every field that is checked, no field newly required or forbidden.
function inputBreaks(old: Schema, next: Schema): string[] {
  const before = fieldsOf(old), after = fieldsOf(next);
  const closed = next.additionalProperties === false && old.additionalProperties !== false;
  return [
    ...requiredOf(next).filter((name) => !requiredOf(old).includes(name)).map((name) =>
      `input "${name}" is newly required`
    ),
    ...Object.keys(after).filter((name) => !same(after[name], before[name])).flatMap((name) =>
      before[name] === undefined && old.additionalProperties === false
        ? []
        : [`input "${name}" is checked by another rule`]
    ),
    ...(closed ? ["further input fields are newly refused"] : []),
    ...(same(otherKeywords(old), otherKeywords(next)) ? [] : ["the input is checked by another rule"]),
    ...(next.additionalProperties === false
      ? Object.keys(before).filter((name) => after[name] === undefined).map((name) =>
        `input "${name}" is newly refused`
      )
      : []),
  ];
}

function outputBreaks(old: Schema, next: Schema): string[] {
  const before = fieldsOf(old), after = fieldsOf(next);
  return [
    ...Object.keys(before).flatMap((name) =>
      after[name] === undefined
        ? [`output "${name}" is gone`]
        : same(before[name], after[name])
        ? []
        : [`output "${name}" is of another type`]
    ),
    ...requiredOf(old).filter((name) => after[name] !== undefined && !requiredOf(next).includes(name)).map((name) =>
      `output "${name}" may newly be absent`
    ),
    ...(same(otherKeywords(old), otherKeywords(next)) ? [] : ["the output is of another type"]),
  ];
}

function fieldsOf(schema: Schema): Record<string, unknown> {
  return (schema.properties ?? {}) as Record<string, unknown>;
}

function requiredOf(schema: Schema): string[] {
  return (schema.required ?? []) as string[];
}

function otherKeywords(schema: Schema): Schema {
  const said = [
    "properties",
    "required",
    "additionalProperties",
    "$schema",
    "title",
    "description",
    "examples",
    "default",
  ];
  return Object.fromEntries(Object.entries(schema).filter(([name]) => !said.includes(name)));
}

function same(one: unknown, other: unknown): boolean {
  return one !== undefined && other !== undefined && canonicalJson(one) === canonicalJson(other);
}
