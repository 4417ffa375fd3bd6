/** Deno's log of what a process asks permission for. */
export interface Audit extends Disposable {
  /** Environment with which the process keeps the log. */
  readonly env: Record<string, string>;
  /** What was read since the last call: files and addresses, each once. */
  take(): Access[];
  /** Removes the log's name, once the process has opened it, so that other processes do not write there too. */
  hide(): void;
}

/** Something that a process asked permission for. */
export interface Access {
  kind: "file" | "network";
  /** A path as it was given, or host and port. */
  name: string;
}

/**
 * Opens a log in the temporary folder. It is never larger than what was written since `take` was last called.
 *
 * @returns The log, which is gone once it is disposed of or both processes have ended.
 */
export function openAudit(): Audit {
  const path = Deno.makeTempFileSync({ prefix: "boathouse-audit-" });
  const file = Deno.openSync(path, { read: true, write: true });
  const chunk = new Uint8Array(65_536);
  const decoder = new TextDecoder();
  let [hidden, closed] = [false, false];
  let rest = "";
  const hide = (): void => {
    if (!hidden) Deno.removeSync(path);
    hidden = true;
  };
  const readText = (): string => {
    let text = rest;
    for (let bytes = file.readSync(chunk); bytes !== null; bytes = file.readSync(chunk)) {
      text += decoder.decode(chunk.subarray(0, bytes), { stream: true });
    }
    return text;
  };
  return {
    env: { DENO_AUDIT_PERMISSIONS: path },
    hide,
    take: () => {
      const lines = readText().split("\n");
      rest = lines.pop()!;
      // The process goes on writing where it was; what lies before becomes a hole that takes no space.
      if (lines.length > 0) file.truncateSync(0);
      const found = new Map(lines.flatMap(accessOf).map((access) => [`${access.kind} ${access.name}`, access]));
      return [...found.values()];
    },
    [Symbol.dispose]: () => {
      hide();
      if (!closed) file.close();
      closed = true;
    },
  };
}

function accessOf(line: string): Access[] {
  const { permission, value } = JSON.parse(line) as { permission: string; value: string | null };
  const kind = KINDS[permission];
  if (!kind || value === null) return [];
  return [{ kind, name: value }];
}

const KINDS: Record<string, Access["kind"]> = { read: "file", net: "network" };

/**
 * Tells what of a log a cell has read: not what recorded clients use, not modules and packages, which the provenance of
 * the cell names, and not what the system keeps about itself.
 *
 * @param accesses What the log has.
 * @param known Files and addresses of recorded clients; a folder ends in a slash.
 * @returns The kinds, each once.
 */
export function unknownKinds(accesses: readonly Access[], known: ReadonlySet<string>): Set<Access["kind"]> {
  const folders = [...known].filter((name) => name.endsWith("/"));
  const isKnown = ({ kind, name }: Access) => {
    if (known.has(name) || folders.some((folder) => `${name}/`.startsWith(folder))) return true;
    return kind === "file" && (MODULE.test(name) || SYSTEM.test(name));
  };
  return new Set(accesses.filter((access) => !isKnown(access)).map(({ kind }) => kind));
}

/** A module's name in the log is its URL; packages also look for files of their own. */
const MODULE = /^(file|https?|data|blob|npm|jsr|node):|[/\\]node_modules([/\\]|$)|\/npm\/registry\./i;
const SYSTEM = /^(\/(proc|sys|dev|usr|lib|lib64)(\/|$)|<)/;
