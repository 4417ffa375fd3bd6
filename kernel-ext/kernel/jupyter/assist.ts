import type { Content, Request } from "./channels.ts";
import type { ExecuteRequest } from "./execute_request.ts";
import type { Language } from "../../language/mod.ts";
import { complete, inspect, noCompletions } from "./requests.ts";
import { typeProblems } from "./type_problems.ts";

/** What the language server does for a notebook: none is started before somebody asks. */
export interface Assist extends AsyncDisposable {
  complete(content: Content): Promise<Content>;
  inspect(content: Content): Promise<Content>;
  /** Takes a cell that ran into the notebook, and shows what is wrong with its types once a server runs. */
  ran(request: Request, asked: ExecuteRequest): Promise<void>;
}

/** Makes the assistance. */
export function createAssist({ openLanguage, publish, onNote }: {
  openLanguage(): Promise<Language>;
  publish(type: string, content: Content, request: Request): void;
  onNote(text: string): void;
}): Assist {
  const sources = new Map<string, string>();
  let language: Promise<Language> | null = null;
  const open = async (): Promise<Language> => {
    const opened = await openLanguage();
    for (const [cellId, source] of sources) opened.ran(cellId, source);
    return opened;
  };
  const ask = async <T>(question: (language: Language) => Promise<T>, otherwise: () => T): Promise<T> => {
    try {
      return await question(await (language ??= open()));
    } catch (error) {
      onNote(error instanceof Error ? error.message : String(error));
      return otherwise();
    }
  };
  const remember = (opened: Language | null, { cellId, code, deletedCells }: ExecuteRequest): void => {
    for (const gone of deletedCells) {
      if (sources.delete(gone)) opened?.ran(gone, "");
    }
    sources.delete(cellId);
    sources.set(cellId, code);
    opened?.ran(cellId, code);
  };
  return {
    complete: (content) => ask((language) => complete(content, language), () => noCompletions(content)),
    inspect: (content) =>
      ask((language) => inspect(content, language), () => ({ status: "ok", found: false, data: {}, metadata: {} })),
    ran: async (request, asked) => {
      const opened = await language?.catch(() => null) ?? null;
      remember(opened, asked);
      if (!opened?.started) return;
      const found = await ask((language) => language.diagnose(asked.cellId, asked.code), () => []);
      const data = typeProblems(found);
      if (data) publish("display_data", { data, metadata: {}, transient: {} }, request);
    },
    [Symbol.asyncDispose]: async () => {
      await (await language?.catch(() => null))?.[Symbol.asyncDispose]();
    },
  };
}
