import type { Language } from "../../language/mod.ts";
import type { Content } from "./channels.ts";
import { codePointsBefore, utf16Offset } from "./code_points.ts";

/** The content of a kernel_info_reply. */
export function kernelInfo(version: string): Content {
  return {
    status: "ok",
    protocol_version: "5.4",
    implementation: "boathouse",
    implementation_version: version,
    language_info: {
      name: "typescript",
      version: Deno.version.typescript,
      mimetype: "text/x.typescript",
      file_extension: ".ts",
      codemirror_mode: "typescript",
      pygments_lexer: "typescript",
      nbconvert_exporter: "script",
    },
    banner: `Boathouse ${version}: TypeScript ${Deno.version.typescript} on Deno ${Deno.version.deno}`,
    help_links: [
      { text: "TypeScript", url: "https://www.typescriptlang.org/docs/" },
      { text: "Deno", url: "https://docs.deno.com/" },
    ],
    debugger: false,
  };
}

/** Says whether a text is a whole cell, for consoles that run what is entered or ask for more. */
export async function isComplete({ code }: Content): Promise<Content> {
  const source = textOf(code, "code");
  // TypeScript takes longer to load than a process of cells to start, so it is not loaded before that.
  const { checkSyntax } = await import("../../../lib/cells/mod.ts");
  const { diagnostics, incomplete } = checkSyntax(source);
  if (diagnostics.length === 0) return { status: "complete" };
  return incomplete ? { status: "incomplete", indent: indentOf(source) } : { status: "invalid" };
}

/** Completes at a cursor. */
export async function complete({ code, cursor_pos }: Content, language: Language): Promise<Content> {
  const source = textOf(code, "code");
  const { start, end, items } = await language.complete(source, cursorOf(source, cursor_pos));
  const [from, to] = [codePointsBefore(source, start), codePointsBefore(source, end)];
  const types = items.map(({ text, kind, detail }) => ({ start: from, end: to, text, type: kind, signature: detail }));
  return {
    status: "ok",
    matches: items.map(({ text }) => text),
    cursor_start: from,
    cursor_end: to,
    metadata: { _jupyter_types_experimental: types },
  };
}

/** What is replied where nothing can complete. */
export function noCompletions({ code, cursor_pos }: Content): Content {
  const source = textOf(code, "code");
  const cursor = codePointsBefore(source, cursorOf(source, cursor_pos));
  return { status: "ok", matches: [], cursor_start: cursor, cursor_end: cursor, metadata: {} };
}

/** Explains what stands at a cursor. */
export async function inspect({ code, cursor_pos }: Content, language: Language): Promise<Content> {
  const source = textOf(code, "code");
  const found = await language.inspect(source, cursorOf(source, cursor_pos));
  const data = found ? { "text/markdown": found.markdown, "text/plain": found.plain } : {};
  return { status: "ok", found: found !== null, data, metadata: {} };
}

function cursorOf(source: string, cursor: unknown): number {
  return typeof cursor === "number" ? utf16Offset(source, cursor) : source.length;
}

/** The white space of the last line, and more where it opens a block. */
function indentOf(source: string): string {
  const line = source.slice(source.lastIndexOf("\n") + 1);
  const [indent = ""] = /^[ \t]*/.exec(line) ?? [];
  return /[{([]\s*$/.test(line) ? `${indent}  ` : indent;
}

function textOf(value: unknown, name: string): string {
  if (typeof value === "string") return value;
  throw new TypeError(`Cannot answer as "${name}" must be text: got ${typeof value}`);
}
