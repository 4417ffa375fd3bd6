import { dirname, join } from "node:path";
import { type Language, type LanguageOptions, openLanguage } from "./mod.ts";

/** A workbench in a temporary folder, with a notebook deep in it, for tests. */
export interface TempNotebook extends AsyncDisposable {
  root: string;
  language: Language;
  write(path: string, text: string): Promise<void>;
}

/** Makes a workbench of some files; deno.json has no imports unless given. */
export async function makeNotebook(
  files: Record<string, string> = {},
  options: Partial<LanguageOptions> = {},
): Promise<TempNotebook> {
  const root = await Deno.realPath(await Deno.makeTempDir({ prefix: "boathouse-language-" }));
  const write = async (path: string, text: string): Promise<void> => {
    await Deno.mkdir(dirname(join(root, path)), { recursive: true });
    await Deno.writeTextFile(join(root, path), text);
  };
  for (const [path, text] of Object.entries({ "deno.json": "{}", "notebooks/a/b/README.md": "", ...files })) {
    await write(path, text);
  }
  const language = openLanguage({ root, cwd: join(root, "notebooks/a/b"), ...options });
  const close = async (): Promise<void> => {
    await language[Symbol.asyncDispose]();
    await Deno.remove(root, { recursive: true });
  };
  return { root, language, write, [Symbol.asyncDispose]: close };
}

/** What is wrong in a text: codes and messages of errors. */
export async function errorsIn(language: Language, source: string): Promise<string[]> {
  const found = await language.diagnose("asked", source);
  return found.filter(({ severity }) => severity === "error").map(({ code, message }) => `${code} ${message}`);
}
