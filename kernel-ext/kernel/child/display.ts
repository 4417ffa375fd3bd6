import { Buffer } from "node:buffer";
import type { CommEvent, CommKind, Comms } from "./comms.ts";
import type { Bundle, Output } from "./output.ts";
import { keys } from "./primordials.ts";
import { valueText } from "./value_text.ts";

/** Jupyter's method by which an object says how it is shown. */
export const DISPLAY = Symbol.for("Jupyter.display");

/**
 * Says how a value is shown: by its own display method, else as the picture, table or chart that it is, else as text.
 *
 * @returns Contents by MIME type; null for `undefined`, which shows nothing.
 */
export async function toBundle(value: unknown): Promise<Bundle | null> {
  if (value === undefined) return null;
  const known = isObject(value) ? await ownBundle(value) ?? pictureBundle(value) ?? tableBundle(value) : null;
  if (known && keys(known).length > 0) return known;
  // Without a prototype, as a cell may have made a `then` of all objects.
  return { __proto__: null, "text/plain": valueText(value) } as Bundle;
}

/** What Deno's own kernel offers as `Deno.jupyter`. */
export function createJupyter(output: Output, comms: Comms): object {
  const show = async (value: unknown, options: DisplayOptions = {}): Promise<void> => {
    if (output.refuses()) return;
    const data = options.raw ? value as Bundle : await toBundle(value);
    if (!data) return;
    const kind = options.update ? "update_display_data" : "display_data";
    const id = options.display_id === undefined ? {} : { id: options.display_id };
    output.display({ r: "display", n: output.run().n, kind, data, metadata: {}, ...id });
  };
  return {
    $display: DISPLAY,
    display: show,
    format: async (value: unknown) => ({ ...(await toBundle(value)) }),
    broadcast: (kind: string, content: Broadcast, extra?: Parameters<Comms["send"]>[2]) => {
      if (isComm(kind)) return Promise.resolve(comms.send(kind, content as Bundle, extra));
      return broadcast(output, kind, content);
    },
    onComm: (commId: string, listener: (event: CommEvent) => unknown) => comms.listen(commId, listener),
    md: tagged("text/markdown"),
    html: tagged("text/html"),
    svg: tagged("image/svg+xml"),
    image: (source: string | Uint8Array) => imageOf(typeof source === "string" ? Deno.readFileSync(source) : source),
  };
}

interface DisplayOptions {
  raw?: boolean;
  update?: boolean;
  display_id?: string;
}

interface Broadcast {
  data?: Bundle;
  metadata?: Bundle;
  transient?: { display_id?: string };
  wait?: boolean;
}

function broadcast(output: Output, kind: string, content: Broadcast): Promise<void> {
  const { n } = output.run();
  if (kind === "clear_output") output.display({ r: "clear", n, wait: content.wait ?? false });
  else if (kind === "display_data" || kind === "update_display_data") {
    const id = content.transient?.display_id;
    const { data = {}, metadata = {} } = content;
    output.display({ r: "display", n, kind, data, metadata, ...(id === undefined ? {} : { id }) });
  } else {
    throw new RangeError(
      `Cannot broadcast "${kind}" as it must be a message of displays or comms: use ${KINDS}`,
    );
  }
  return Promise.resolve();
}

function isComm(kind: string): kind is CommKind {
  return kind === "comm_open" || kind === "comm_msg" || kind === "comm_close";
}

const KINDS = "display_data, update_display_data, clear_output, comm_open, comm_msg or comm_close";

async function ownBundle(value: object): Promise<Bundle | null> {
  if (!hasMethod(value, DISPLAY)) return null;
  const bundle = await value[DISPLAY]();
  return isObject(bundle) ? bundle as Bundle : null;
}

function pictureBundle(value: object): Bundle | null {
  if (value instanceof Uint8Array) return imageType(value) ? imageBundle(value) : null;
  if ("outerHTML" in value && typeof value.outerHTML === "string") {
    const html = value.outerHTML;
    return /^\s*<svg[\s>]/i.test(html) ? { "image/svg+xml": standalone(html) } : { "text/html": html };
  }
  if (!hasMethod(value, "toDataURL")) return null;
  const [, type, base64] = /^data:([^;,]+);base64,(.*)$/s.exec(String(value.toDataURL())) ?? [];
  return type && base64 ? { [type]: base64 } : null;
}

function tableBundle(value: object): Bundle | null {
  if (hasMethod(value, "toSpec")) return chartBundle(value.toSpec());
  if (!hasMethod(value, "toHTML") || !hasMethod(value, "toMarkdown")) return null;
  const options = { limit: TABLE_ROWS };
  return { "text/html": String(value.toHTML(options)), "text/plain": String(value.toMarkdown(options)) };
}

function chartBundle(spec: unknown): Bundle | null {
  if (!isObject(spec) || !("$schema" in spec)) return null;
  const [, name, version] = /\/schema\/(vega|vega-lite)\/v(\d+)/.exec(String(spec.$schema)) ?? [];
  return name && version ? { [`application/vnd.${name.replace("-", "")}.v${version}+json`]: spec } : null;
}

/** Rows of a foreign table that are shown. */
const TABLE_ROWS = 20;

// Without its namespace an SVG that is written to a file is not shown.
function standalone(svg: string): string {
  return /^\s*<svg[^>]*\sxmlns=/i.test(svg) ? svg : svg.replace(/<svg/i, '<svg xmlns="http://www.w3.org/2000/svg"');
}

function imageOf(bytes: Uint8Array): object {
  if (imageType(bytes)) return { [DISPLAY]: () => imageBundle(bytes) };
  throw new TypeError("Cannot show image as it must be PNG or JPEG: its first bytes are of neither");
}

function imageBundle(bytes: Uint8Array): Bundle {
  return { [imageType(bytes)!]: Buffer.from(bytes).toString("base64") };
}

function imageType(bytes: Uint8Array): string | null {
  const starts = (...head: number[]) => head.every((byte, index) => bytes[index] === byte);
  if (starts(0x89, 0x50, 0x4e, 0x47)) return "image/png";
  return starts(0xff, 0xd8, 0xff) ? "image/jpeg" : null;
}

function tagged(mime: string) {
  return (strings: TemplateStringsArray, ...values: unknown[]): object => {
    const text = String.raw({ raw: strings.map(String) }, ...values);
    return { [DISPLAY]: () => ({ [mime]: text }) };
  };
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

function hasMethod<K extends PropertyKey>(
  value: object,
  name: K,
): value is object & Record<K, (...args: unknown[]) => unknown> {
  return name in value && typeof (value as Record<PropertyKey, unknown>)[name] === "function";
}
