import { join, relative, resolve } from "node:path";
import { pathExists } from "../../lib/config/mod.ts";
import { openRepository, pathInRepository, type Repository, treeReader } from "../../lib/git/mod.ts";

/** One side of a diff: a file of the disk or of a revision. */
export interface NotebookSide {
  /** How it was named. */
  name: string;
  /** Absolute path, of a revision too; null for `/dev/null`. */
  path: string | null;
  /** The text of a file of a revision by its absolute path, null where there is none; absent for the disk. */
  readFile?: (path: string) => string | null;
  /** Whether the revision has it; absent for the disk. */
  isIn?: boolean;
  /** Whether it has another name than was asked for, as git tells that it was renamed. */
  renamed?: boolean;
}

/**
 * Finds the two sides that the words of `notebook diff` name: `FILE` (HEAD against the disk), `OLD NEW`, `REV FILE`,
 * `REV1..REV2 FILE`, where OLD and NEW are files or `REV:path` as git writes it. FILE is the one file on both sides: where
 * git tells that it was renamed in between, the other side is read under its other name.
 *
 * @param words what was written
 * @param folder absolute folder that relative paths start from
 * @returns the old and the new side
 * @throws {RangeError} when git knows no such repository or revision, or a path lies outside of the repository
 */
export async function notebookSides(words: string[], folder: string): Promise<[NotebookSide, NotebookSide]> {
  const [first, second] = words as [string, string | undefined];
  if (second === undefined) return await followed("HEAD", null, first, folder);
  if (isFileName(first, folder) || first.includes(":")) {
    return [await sideOf(first, folder), await sideOf(second, folder)];
  }
  const [, from, parted, to] = /^(.*?)\.\.(\.?)(.*)$/.exec(first) ?? [];
  if (from === undefined) return await followed(first, null, second, folder);
  const base = parted === "" ? from || "HEAD" : await mergeBase(from || "HEAD", to || "HEAD", resolve(folder, second));
  return await followed(base, to || "HEAD", second, folder);
}

/** One file at a revision, and at another one or, where that is null, on the disk. */
async function followed(
  from: string,
  to: string | null,
  file: string,
  folder: string,
): Promise<[NotebookSide, NotebookSide]> {
  const was = (name: string) => atRevision(from, name, folder);
  const now = (name: string) => to === null ? onDisk(name, folder) : atRevision(to, name, folder);
  const sides: [NotebookSide, NotebookSide] = [await was(file), await now(file)];
  const [before, after] = sides.map(isThere);
  if (before === after) return sides;
  const repository = await openRepository(resolve(folder, file));
  const path = pathInRepository(repository.root, resolve(folder, file));
  const changes = await repository.changes(await repository.commit(from), to && await repository.commit(to));
  const found = changes.find((change) => (after ? change.new : change.old) === path);
  const other = after ? found?.old : found?.new;
  if (!other) return sides;
  const at = join(repository.root, other);
  const named = (revision: string | null) => revision === null ? relative(folder, at) : `${revision}:${other}`;
  if (after) return [{ ...await was(at), name: named(from), renamed: true }, sides[1]];
  return [sides[0], { ...await now(at), name: named(to), renamed: true }];
}

function isThere({ path, isIn }: NotebookSide): boolean {
  return path !== null && (isIn ?? pathExists(path));
}

async function mergeBase(one: string, other: string, place: string): Promise<string> {
  const repository = await openRepository(place);
  const base = await repository.mergeBase(await repository.commit(one), await repository.commit(other));
  if (base !== null) return base;
  throw new RangeError(`Cannot compare "${one}...${other}" as both must share history: none is known; git fetch it`);
}

async function sideOf(word: string, folder: string): Promise<NotebookSide> {
  if (isFileName(word, folder) || !word.includes(":")) return onDisk(word, folder);
  const colon = word.indexOf(":");
  const [revision, path] = [word.slice(0, colon), word.slice(colon + 1)];
  const repository = await openRepository(folder);
  const file = /^\.\.?\//.test(path) ? join(folder, path) : join(repository.root, path);
  return await readRevision(repository, revision, file, word);
}

async function atRevision(revision: string, file: string, folder: string): Promise<NotebookSide> {
  const path = resolve(folder, file);
  return await readRevision(await openRepository(path), revision, path, `${revision}:${file}`);
}

async function readRevision(
  repository: Repository,
  revision: string,
  file: string,
  name: string,
): Promise<NotebookSide> {
  const inside = pathInRepository(repository.root, file);
  const tree = await repository.tree(await repository.commit(revision));
  const [path, isIn] = [join(repository.root, inside), tree.files.has(inside)];
  return { name, path, isIn, readFile: treeReader(repository.root, tree) };
}

function onDisk(file: string, folder: string): NotebookSide {
  return { name: file, path: file === NO_FILE ? null : resolve(folder, file) };
}

/** What git names in place of a file that a side does not have. */
const NO_FILE = "/dev/null";

function isFileName(word: string, folder: string): boolean {
  if (word === NO_FILE || (word.endsWith(".ipynb") && !word.includes(":"))) return true;
  try {
    return Deno.statSync(resolve(folder, word)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return false;
    throw error;
  }
}
