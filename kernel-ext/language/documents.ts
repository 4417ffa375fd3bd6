import { pathToFileURL } from "node:url";
import type { CellModule } from "./modules.ts";
import type { Rpc } from "./rpc.ts";

/** The modules that a server knows as open files. */
export interface Documents {
  /** Makes the server know just these. */
  show(modules: readonly CellModule[]): void;
  /** Address of a module. */
  uri(module: CellModule): string;
}

/** What a server knows of no module yet. */
export function openDocuments(rpc: Rpc, folder: string): Documents {
  const known = new Map<string, { text: string; version: number }>();
  const uri = ({ name }: { name: string }): string => pathToFileURL(`${folder}/${name}`).href;
  const show = (module: CellModule): void => {
    const { name, language, text } = module;
    const before = known.get(name);
    if (before?.text === text) return;
    const version = (before?.version ?? 0) + 1;
    known.set(name, { text, version });
    const document = { uri: uri(module), version };
    if (before) rpc.notify("textDocument/didChange", { textDocument: document, contentChanges: [{ text }] });
    else rpc.notify("textDocument/didOpen", { textDocument: { ...document, languageId: language, text } });
  };
  return {
    uri,
    show: (modules) => {
      const shown = new Set(modules.map(({ name }) => name));
      for (const name of [...known.keys()].filter((name) => !shown.has(name))) {
        known.delete(name);
        rpc.notify("textDocument/didClose", { textDocument: { uri: uri({ name }) } });
      }
      for (const module of modules) show(module);
    },
  };
}
