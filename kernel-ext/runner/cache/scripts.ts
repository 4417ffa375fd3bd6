import { decodeValue } from "../sent/decode_value.ts";
import { encodeValue } from "../sent/encode_value.ts";
import { reachValues } from "../sent/reach_values.ts";
import type { UsedNames } from "./names.ts";

/** A cell that tells the digest of the values that a cell may use, and shows it as JSON. */
export function probeScript(used: UsedNames): string {
  return inProcess(`${reached(used)}
${SHOW}({ digest: await digestOf(reached.text), functions: reached.functions, refused: reached.refused });`);
}

/** A cell that shows the values which a cell has declared, and the digest of those that it may have used, as JSON. */
export function captureScript(used: UsedNames, declared: readonly string[]): string {
  return inProcess(`${reached(used)}
const values = [];
let refused = reached.refused;
for (const [name, get] of [${getters(declared)}]) {
  try {
    if (refused === null) values.push(encodeValue(get(), refuseFrame, reached.numbered));
  } catch (error) {
    refused = { name, found: error.message };
  }
}
// A half of a surrogate pair does not come through.
if (refused === null && /\\\\ud[89a-f]/.test(JSON.stringify(values))) refused = { name: ${
    text(declared[0] ?? "")
  }, found: "it is a text with half a character" };
${SHOW}({ digest: await digestOf(reached.text), refused, values: refused === null ? values : [] });`);
}

/** A cell that declares names anew, with the values that a capture has shown. */
export function restoreScript(
  used: UsedNames,
  { imports, declared, values }: { imports: readonly string[]; declared: readonly string[]; values: string },
): string {
  const made = inProcess(`${reached(used)}
const objects = [...reached.numbered.keys()];
const values = JSON.parse(${text(values)});
if (values.length !== ${declared.length}) throw new TypeError("it has other values than the cell");
return values.map((value) => decodeValue(value, undefined, objects));`);
  return [...imports, declared.length === 0 ? "" : `const [${declared.join(", ")}] = ${made}`].join("\n");
}

const SHOW =
  `const show = (answer) => Deno.jupyter.display({ "application/json": answer }, { raw: true });\nawait show`;

function reached({ start, all, functions, imported }: UsedNames): string {
  return `const reached = reachValues({
  get: [${getters(all)}],
  start: ${JSON.stringify(start)},
  functions: ${JSON.stringify(functions)},
  imported: ${JSON.stringify(imported)},
  clients: globalThis[Symbol.for("Boathouse.clients")],
  encode: encodeValue,
});`;
}

function getters(names: readonly string[]): string {
  return names.map((name) => `[${text(name)}, () => typeof ${name} === "undefined" ? undefined : ${name}]`).join(", ");
}

function inProcess(body: string): string {
  return `await (async () => {
${[encodeValue, decodeValue, reachValues, refuseFrame, digestOf].join("\n")}
${body}
})();`;
}

function refuseFrame(value: object): null {
  if (!(Symbol.for("Boathouse.frame") in value)) return null;
  throw new TypeError("it is or holds a result or a table of the lake: declare its rows instead");
}

async function digestOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return (new Uint8Array(digest) as Uint8Array & { toHex(): string }).toHex();
}

function text(value: string): string {
  return JSON.stringify(value);
}
