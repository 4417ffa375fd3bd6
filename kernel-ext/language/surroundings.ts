import { type DeclaredModule, declareFaces } from "../../lib/cells/mod.ts";
import { type FileChange, isLibrary, mappedPath, readableImports, specifiersIn, watchFiles } from "./watched.ts";

/** What cells are checked against beside one another. */
export interface Surroundings {
  /**
   * Looks around before a question.
   *
   * @param sources The texts of all cells.
   * @returns The files that changed since the last look, and the library as its declarations.
   */
  look(sources: readonly string[]): Promise<{ changes: FileChange[]; faces: readonly DeclaredModule[] }>;
}

/**
 * Knows the surroundings of a notebook.
 *
 * @param options Absolute folders: that of deno.json, and that of the notebook.
 */
export function openSurroundings({ root, folder }: { root: string; folder: string }): Surroundings {
  const files = watchFiles({ root, folder });
  // What was used once stays: to take it from the server and give it back costs more than to keep it.
  const used = new Set<string>();
  let known = "";
  let faces: readonly DeclaredModule[] = [];
  return {
    look: async (sources) => {
      const changes = files.look(sources, faces.map(({ path }) => path));
      for (const specifier of sources.flatMap(specifiersIn).filter(isLibrary)) used.add(specifier);
      const imports = used.size === 0 ? {} : readableImports(root);
      const entries = [...used].flatMap((specifier) => mappedPath(specifier, { imports, root }) ?? []);
      if (known !== entries.join() || changes.some(({ path }) => faces.some((face) => face.path === path))) {
        known = entries.join();
        faces = await declareFaces(entries, (path) => {
          files.look([], [path]);
          return readFile(path);
        });
      }
      return { changes, faces };
    },
  };
}

function readFile(path: string): string | null {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    // What cannot be read cannot be imported either; that the server says.
    return null;
  }
}
