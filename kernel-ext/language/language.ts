import { pathToFileURL } from "node:url";
import { calleeEnd } from "../../lib/cells/mod.ts";
import { readEnv } from "../../lib/config/mod.ts";
import { createAsker } from "./asking.ts";
import { type Completions, pickItems, type ServerItem, toItem } from "./completions.ts";
import { type CellDiagnostic, type ServerDiagnostic, toDiagnostics } from "./diagnostics.ts";
import { type Inspection, type ServerHover, toInspection } from "./hover.ts";
import { askedModule, type CellModule, type OutlinedCell, outlinedCell, ranModules } from "./modules.ts";
import { positionAt } from "./positions.ts";
import { openSurroundings } from "./surroundings.ts";
import type { FileChange } from "./watched.ts";

/** Where cells run, and how long an answer may take. */
export interface LanguageOptions {
  /** Absolute folder of the workbench, which has deno.json. */
  root: string;
  /** Absolute folder of the notebook: relative imports start there. */
  cwd: string;
  /** The environment of the language server; this one's unless given. */
  env?: Record<string, string>;
  /** Milliseconds after which the server counts as hanging; 120,000 unless given. */
  timeoutMs?: number;
  /** Program and arguments of the language server; `deno lsp` unless given. */
  command?: readonly string[];
}

/** What a question is about, beside its text. */
export interface QuestionOptions {
  /** The cell whose text it is: what that cell declared before does not count. */
  cellId?: string;
  /** Takes the question back. */
  signal?: AbortSignal;
}

/** What TypeScript knows of the cells of a notebook. */
export interface Language extends AsyncDisposable {
  /** Tells that a cell ran; one that runs again takes the place of its former text. */
  ran(cellId: string, source: string): void;
  /**
   * Lists what may stand at a place.
   *
   * @param source The text of a cell, finished or not.
   * @param offset The place, in UTF-16 units.
   * @returns What fits there, and what it replaces.
   * @throws {Error} When the language server cannot answer, with its reason.
   */
  complete(source: string, offset: number, options?: QuestionOptions): Promise<Completions>;
  /**
   * Tells type and documentation of the name at a place; within a call's parentheses, those of the function.
   *
   * @param source The text of a cell, finished or not.
   * @param offset The place, in UTF-16 units.
   * @returns What is known, null when there is nothing.
   * @throws {Error} When the language server cannot answer, with its reason.
   */
  inspect(source: string, offset: number, options?: QuestionOptions): Promise<Inspection | null>;
  /**
   * Checks a cell as if it ran next, after all cells that ran.
   *
   * @param cellId The cell.
   * @param source Its text.
   * @returns What TypeScript finds in it, in the order of its text.
   * @throws {Error} When the language server cannot answer, with its reason.
   */
  diagnose(cellId: string, source: string, options?: { signal?: AbortSignal }): Promise<CellDiagnostic[]>;
  /** Whether the language server runs; it starts with the first question. */
  readonly started: boolean;
}

/**
 * Answers what editors ask of cells, by `deno lsp`: nothing starts before the first question.
 *
 * @param options Folders and limits.
 * @returns The answers; dispose of it to end the server.
 *
 * @example
 * ```ts
 * import { openLanguage } from "./language.ts";
 *
 * const root = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");
 * await using language = openLanguage({ root, cwd: root });
 * language.ran("a", "const delays = [3, 5];");
 * const { items } = await language.complete("delays.fil", 10);
 * console.assert(items.some(({ text }) => text === "filter"));
 * ```
 */
export function openLanguage(
  { root, cwd, env = readEnv(), timeoutMs = 120_000, command }: LanguageOptions,
): Language {
  const cells = new Map<string, OutlinedCell>();
  const numbers = new Map<string, number>();
  const surroundings = openSurroundings({ root, folder: cwd });
  const asker = createAsker({ root, cwd, env, timeoutMs, command });

  const ask = <T>(source: string, question: Question<T>, { cellId, signal }: QuestionOptions = {}): Promise<T> => {
    return asker.ask(async ({ rpc, documents }, signal) => {
      const asked = outlinedCell(0, source);
      const { changes, faces } = await surroundings.look([...cells.values(), asked].map((cell) => cell.source));
      if (changes.length > 0) rpc.notify("workspace/didChangeWatchedFiles", { changes: changes.map(toEvent) });
      const module = askedModule(asked, [...cells].filter(([id]) => id !== cellId).map(([, cell]) => cell));
      const path = ({ name }: CellModule): string => `${cwd}/${name}`;
      // The former text of the cell stays for those that ran with it.
      const cellFiles = [...ranModules([...cells.values()]), module].map((each) => ({ ...each, path: path(each) }));
      const anew = changes.length > 0 ? path(module) : undefined;
      await documents.show([...faces, ...cellFiles], { anew, signal });
      const textDocument = { uri: pathToFileURL(path(module)).href };
      return question({ module, send: (method, params) => rpc.request(method, { textDocument, ...params }, signal) });
    }, signal);
  };
  return {
    ran: (cellId, source) => {
      const number = numbers.get(cellId) ?? numbers.size + 1;
      numbers.set(cellId, number);
      // What ran last comes last.
      cells.delete(cellId);
      cells.set(cellId, outlinedCell(number, source));
    },
    complete: (source, offset, options) => ask(source, (session) => complete(session, offset), options),
    inspect: (source, offset, options) => ask(source, (session) => inspect(session, source, offset), options),
    diagnose: (cellId, source, options) => ask(source, diagnose, { ...options, cellId }),
    get started() {
      return asker.started;
    },
    [Symbol.asyncDispose]: () => asker[Symbol.asyncDispose](),
  };
}

/** Asks about one module. */
type Question<T> = (about: About) => Promise<T>;

interface About {
  module: CellModule;
  send<T>(method: string, params: object): Promise<T>;
}

async function complete({ module, send }: About, offset: number): Promise<Completions> {
  const { headChars, text } = module;
  const place = clamp(offset, text.length - headChars) + headChars;
  const position = positionAt(text, place);
  const answer = await send<ServerItem[] | { items: ServerItem[] } | null>("textDocument/completion", {
    position,
    context: { triggerKind: 1 },
  });
  const items = Array.isArray(answer) ? answer : answer?.items ?? [];
  const { start, end, picked } = pickItems(items, { module, offset: place });
  return { start: start - headChars, end: end - headChars, items: picked.map((item) => toItem(item, module)) };
}

async function inspect({ module, send }: About, source: string, offset: number): Promise<Inspection | null> {
  const { headChars, text } = module;
  const place = clamp(offset, source.length);
  for (const each of [place, calleeEnd(source, place)]) {
    if (each === null) continue;
    const position = positionAt(text, each + headChars);
    const found = toInspection(await send<ServerHover | null>("textDocument/hover", { position }));
    if (found) return found;
  }
  return null;
}

async function diagnose({ module, send }: About): Promise<CellDiagnostic[]> {
  const { items } = await send<{ items?: ServerDiagnostic[] }>("textDocument/diagnostic", {});
  return toDiagnostics(items ?? [], module);
}

function toEvent({ path, kind }: FileChange): { uri: string; type: number } {
  return { uri: pathToFileURL(path).href, type: { created: 1, changed: 2, deleted: 3 }[kind] };
}

function clamp(offset: number, length: number): number {
  return Math.max(0, Math.min(offset, length));
}
