/**
 * The processes below one process, with what they hold in memory.
 *
 * @param pid root of the tree
 * @returns resident bytes by process id, the root included; processes that ended meanwhile are left out
 */
export function residentBytes(pid: number): Map<number, number> {
  const parents = new Map<number, number>();
  const bytes = new Map<number, number>();
  for (const entry of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(entry.name)) continue;
    const status = readStatus(Number(entry.name));
    if (!status) continue;
    parents.set(Number(entry.name), status.parent);
    bytes.set(Number(entry.name), status.bytes);
  }
  const below = (id: number): boolean => id === pid || (parents.has(id) && below(parents.get(id)!));
  return new Map([...bytes].filter(([id]) => below(id)));
}

function readStatus(pid: number): { parent: number; bytes: number } | null {
  try {
    const text = Deno.readTextFileSync(`/proc/${pid}/status`);
    const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)?.[1] ?? 0);
    return { parent: field("PPid"), bytes: field("VmRSS") * 1024 };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || (error as { code?: string }).code === "ESRCH") return null;
    throw error;
  }
}
