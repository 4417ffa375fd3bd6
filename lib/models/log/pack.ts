import { type LookupSpec, packLookup } from "./pack_lookup.ts";
import { type OipSpec, packOip } from "./pack_oip.ts";
import { type OnnxSpec, packOnnx } from "./pack_onnx.ts";
import { packTypescript, type TypescriptSpec } from "./pack_typescript.ts";
import type { TypescriptHost } from "../load/typescript_host.ts";
import type { Packed } from "./packed.ts";

/** What a version is made of, by flavour: an ONNX file, rows of a table, a server's model, or code. */
export type ModelContent = OnnxSpec | LookupSpec | OipSpec | TypescriptSpec;

/** How the content of a flavour is taken, by the option that gives it. */
const PACKERS: Readonly<
  Record<string, (name: string, content: never, host: TypescriptHost | undefined) => Promise<Packed>>
> = {
  onnx: packOnnx,
  lookup: packLookup,
  oip: packOip,
  typescript: packTypescript,
};

/**
 * Takes what a model is logged with as the content of a version.
 *
 * @param name name of the model
 * @param content what it is made of: exactly one of the flavours
 * @param host who bundles and runs code
 * @returns the content; it has answered its example
 * @throws {TypeError} when it is of no flavour or of several, or does not answer its example
 */
export function pack(name: string, content: ModelContent, host?: TypescriptHost): Promise<Packed> {
  const [flavour, ...others] = Object.keys(PACKERS).filter((key) => Object.hasOwn(content, key));
  if (flavour !== undefined && others.length === 0) return PACKERS[flavour]!(name, content as never, host);
  const found = flavour === undefined ? "none" : [flavour, ...others].join(" and ");
  throw new TypeError(`Cannot log "${name}" as it takes one of ${Object.keys(PACKERS).join(", ")}: got ${found}`);
}
