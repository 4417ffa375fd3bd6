import { quoteName } from "./sql_type.ts";

/** A table that a query names by more than a name: AT (…) behind it, or `delta('path')`. */
export interface Mention {
  /** Where it begins, in bytes of UTF-8. */
  location: number;
  /** Name that the query gives it; empty when it gives none. */
  alias: string;
  /** What it is called without an alias. */
  called: string;
  /** Name of the view that holds its rows. */
  view: string;
  kind: "at" | "delta";
}

const NAME = String.raw`(?:"(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_$]*)`;
const SPACE = String.raw`(?:\s|--[^\n]*\n|/\*(?:[^*]|\*(?!/))*\*/)*`;
const AT = new RegExp(`^${NAME}(${SPACE}(?:AS${SPACE})?(?:${NAME})??${SPACE})AT${SPACE}\\(${SPACE}[^()]*\\)`, "iu");
const DELTA = new RegExp(`^delta${SPACE}\\(${SPACE}'(?:[^']|'')*'${SPACE}\\)`, "iu");

/** Replaces each mention by the name of its view, which keeps the name that the query knows it by. */
export function rewriteMentions(text: string, mentions: readonly Mention[]): string {
  const decoder = new TextDecoder();
  let bytes = new TextEncoder().encode(text);
  for (const mention of mentions.toSorted((a, b) => b.location - a.location)) {
    const before = decoder.decode(bytes.subarray(0, mention.location));
    const rest = decoder.decode(bytes.subarray(mention.location));
    const match = (mention.kind === "at" ? AT : DELTA).exec(rest);
    if (!match) throw misread(mention, rest);
    const alias = mention.alias ? match[1] ?? "" : ` AS ${quoteName(mention.called)}`;
    bytes = new TextEncoder().encode(before + quoteName(mention.view) + alias + rest.slice(match[0].length));
  }
  return decoder.decode(bytes);
}

function misread({ kind, called }: Mention, rest: string): RangeError {
  const form = kind === "at" ? `${called} AT (VERSION => 3)` : "delta('/path/of/table')";
  return new RangeError(
    `Cannot run query as a table of another place or time must be written as ${form}: got ${
      JSON.stringify(rest.slice(0, 60))
    }`,
  );
}
