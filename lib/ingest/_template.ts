import { type Json } from "../events/mod.ts";
import { quoteText } from "../lake/mod.ts";
import { isObject, type Shape } from "./_shape.ts";
import { fieldOf } from "./_shape_sql.ts";

/** A piece of a text: as it is, or an expression of SQL that yields it. */
type Piece = { text: string } | { sql: string };

/**
 * Writes the SQL that puts the JSON text of a record together again from what json_transform took out of it. Where both
 * texts are equal nothing was lost or read as another type: keys, their order, quotes and digits are all as expected.
 * It follows samples in the order of keys; a record written otherwise yields another text, and is left to the exact check.
 *
 * @param shape Shape of the record.
 * @param access SQL of what json_transform made of the record.
 * @param samples Some of the records.
 * @returns SQL of a VARCHAR.
 */
export function templateOf(shape: Shape, access: string, samples: readonly Json[]): string {
  return concat(piecesOf(shape, access, samples, 0));
}

/**
 * Tells whether some sample holds null under a key.
 *
 * @param samples Objects that may have the key.
 * @param name The key.
 * @returns true when one has it.
 */
export function hasNull(samples: readonly Json[], name: string): boolean {
  return samples.some((sample) => isObject(sample) && Object.hasOwn(sample, name) && sample[name] === null);
}

/**
 * Tells whether each sample has a key, with a value other than null. Then all records are expected to, and those that do
 * not are left to the exact check.
 *
 * @param samples Objects; anything else is passed over.
 * @param name The key.
 * @returns true when there are samples, and all have it.
 */
export function isAlways(samples: readonly Json[], name: string): boolean {
  const values = valuesOf(samples, name);
  return values.length > 0 && values.length === samples.filter(isObject).length && !values.includes(null);
}

/**
 * Takes what samples hold under a key.
 *
 * @param samples Objects that may have the key.
 * @param name The key.
 * @returns The values of those that have it.
 */
export function valuesOf(samples: readonly Json[], name: string): Json[] {
  return samples.flatMap((sample) => isObject(sample) && Object.hasOwn(sample, name) ? [sample[name] as Json] : []);
}

/**
 * Merges the keys of objects into one order that each of them follows, where there is one.
 *
 * @param samples Objects; anything else is passed over.
 * @returns All keys.
 */
export function keysOf(samples: readonly Json[]): string[] {
  const order: string[] = [];
  for (const sample of samples) {
    if (!isObject(sample)) continue;
    let at = 0;
    for (const key of Object.keys(sample)) {
      const found = order.indexOf(key);
      if (found < 0) order.splice(at++, 0, key);
      else at = Math.max(at, found + 1);
    }
  }
  return order;
}

function piecesOf(shape: Shape, access: string, samples: readonly Json[], depth: number): Piece[] {
  switch (shape.kind) {
    case "text":
    case "time":
      return [{ text: '"' }, { sql: access }, { text: '"' }];
    case "date":
      return [{ text: '"' }, { sql: `CAST(${access} AS VARCHAR)` }, { text: '"' }];
    case "literal":
      return [{ text: shape.text }];
    case "list":
      return listPieces(shape.item, access, samples, depth);
    case "struct":
      return structPieces(shape, access, samples, depth);
    default:
      return [{ sql: `CAST(${access} AS VARCHAR)` }];
  }
}

function listPieces(item: Shape, access: string, samples: readonly Json[], depth: number): Piece[] {
  const element = `e${depth}`;
  const inner = samples.flatMap((sample) => Array.isArray(sample) ? sample : []);
  const text = nullWhere(element, concat(piecesOf(item, element, inner, depth + 1)), item.nullable ? "null" : null);
  const joined = `array_to_string(list_transform(${access}, lambda ${element}: ${text}), ',')`;
  return [{ text: "[" }, { sql: joined }, { text: "]" }];
}

function structPieces(
  shape: Shape & { kind: "struct" },
  access: string,
  samples: readonly Json[],
  depth: number,
): Piece[] {
  const keys = keysOf(samples).filter((key) => shape.fields.has(key));
  const members = keys.map((key): { always: boolean; pieces: Piece[] } => {
    const field = shape.fields.get(key)!;
    const inner = fieldOf(access, key);
    const pieces: Piece[] = [
      { text: `,${JSON.stringify(key)}:` },
      ...piecesOf(field, inner, valuesOf(samples, key), depth),
    ];
    if (isAlways(samples, key)) return { always: true, pieces };
    const isNull = field.nullable && hasNull(samples, key);
    const absent = isNull ? `,${JSON.stringify(key)}:null` : "";
    return { always: isNull, pieces: [{ sql: nullWhere(inner, concat(pieces), absent) }] };
  });
  const [first, ...rest] = members;
  const tail = rest.flatMap(({ pieces }) => pieces);
  if (!first) return [{ text: "{}" }];
  const body = first.always && "text" in first.pieces[0]!
    ? [{ text: first.pieces[0].text.slice(1) }, ...first.pieces.slice(1), ...tail]
    : [{ sql: `substr(${concat([...first.pieces, ...tail])}, 2)` }];
  return [{ text: "{" }, ...body, { text: "}" }];
}

/**
 * Tells whether an object must have a property.
 *
 * @param shape Shape of the object.
 * @param name Name of the property.
 * @returns true when its schema requires it.
 */
export function isRequired(shape: Shape, name: string): boolean {
  return Array.isArray(shape.schema.required) && shape.schema.required.includes(name);
}

function nullWhere(access: string, text: string, absent: string | null): string {
  const instead = absent === null ? "NULL" : quoteText(absent);
  return `CASE WHEN ${access} IS NULL THEN ${instead} ELSE ${text} END`;
}

function concat(pieces: readonly Piece[]): string {
  const merged: Piece[] = [];
  for (const piece of pieces) {
    const last = merged.at(-1);
    if (last && "text" in last && "text" in piece) merged[merged.length - 1] = { text: last.text + piece.text };
    else merged.push(piece);
  }
  return `concat(${merged.map((piece) => "text" in piece ? quoteText(piece.text) : piece.sql).join(", ")})`;
}
