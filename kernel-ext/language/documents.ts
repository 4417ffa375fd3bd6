import { pathToFileURL } from "node:url";
import type { Rpc } from "./rpc.ts";

/** A text that a server takes for a file. */
export interface Document {
  /** Absolute path; there need be no such file. */
  path: string;
  language?: "typescript" | "typescriptreact";
  text: string;
}

/** The files that a server knows as open. */
export interface Documents {
  /**
   * Makes the server know just these.
   *
   * @param documents Them, each path once.
   * @returns Settles when it has taken in all but the last few, which a question may follow at once.
   */
  show(documents: readonly Document[], options?: ShowOptions): Promise<void>;
}

/** How documents are shown. */
export interface ShowOptions {
  /** A path that is sent even where the server knows its text, so that it is looked at anew. */
  anew?: string | undefined;
  /** Stops waiting for the server. */
  signal?: AbortSignal;
}

/** The open files of a server that knows none yet. */
export function openDocuments(rpc: Rpc): Documents {
  const known = new Map<string, { text: string; version: number }>();
  let sent = 0;

  const notify = async (method: string, params: object, signal?: AbortSignal): Promise<void> => {
    // The server gives up the order of what comes in when some dozens of messages wait.
    if (++sent % MAX_WAITING === 0) await rpc.request("deno/performance", undefined, signal);
    rpc.notify(method, params);
  };
  const close = async (path: string, signal?: AbortSignal): Promise<void> => {
    await notify("textDocument/didClose", { textDocument: { uri: uriOf(path) } }, signal);
    known.delete(path);
  };
  const send = async ({ path, language = "typescript", text }: Document, signal?: AbortSignal): Promise<void> => {
    const before = known.get(path);
    const version = (before?.version ?? 0) + 1;
    const textDocument = { uri: uriOf(path), version };
    await (before
      ? notify("textDocument/didChange", { textDocument, contentChanges: [{ text }] }, signal)
      : notify("textDocument/didOpen", { textDocument: { ...textDocument, languageId: language, text } }, signal));
    known.set(path, { text, version });
  };
  return {
    show: async (documents, { anew, signal } = {}) => {
      const shown = new Set(documents.map(({ path }) => path));
      for (const path of [...known.keys()].filter((path) => !shown.has(path))) await close(path, signal);
      for (const document of documents) {
        const { path, text } = document;
        if (path === anew || known.get(path)?.text !== text) await send(document, signal);
      }
    },
  };
}

function uriOf(path: string): string {
  return pathToFileURL(path).href;
}

const MAX_WAITING = 16;
