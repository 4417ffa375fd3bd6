import { editNotebook, type Expected, type Raw } from "./edit.ts";
import { type MadeWorkbench, NOTEBOOK } from "./workbench.ts";
import type { Random } from "./random.ts";

/** One edit of what is recorded. */
export interface RecordEdit {
  /** Such as `cell.modules.* removed`: names that a run gives stand as `*`. */
  kind: string;
  apply(made: MadeWorkbench): void;
  /** What must be found; a record that is no longer one is refused with the place in it. */
  expected: Expected & { refused: string };
}

type Path = (string | number)[];

/** Takes and changes every field of the notebook's record and of cells' records in turn, each kind once, and adds one. */
export function recordEdits(made: MadeWorkbench, random: Random): RecordEdit[] {
  const { metadata, cells } = JSON.parse(made.files.get(NOTEBOOK)!) as Raw;
  const recorded: number[] = cells.flatMap(({ metadata }: Raw, at: number) => metadata.boathouse ? [at] : []);
  const edits = [
    ...editsOf(metadata.boathouse, (raw) => raw.metadata.boathouse, "notebook", made.cells[0]!.id),
    ...random.shuffle(recorded).flatMap((at) => {
      const { id, metadata } = cells[at];
      return editsOf(metadata.boathouse, (raw) => raw.cells[at].metadata.boathouse, "cell", id);
    }),
  ];
  return [...Map.groupBy(edits, ({ kind }) => kind).values()].map(([first]) => first!);
}

function editsOf(record: Raw, find: (raw: Raw) => Raw, of: keyof typeof SAYS, cell: string): RecordEdit[] {
  return [...pathsOf(record), ["added"]].flatMap((path) => {
    const ways = path[0] === "added" ? [change] : [change, remove];
    return ways.map((way) => ({
      kind: `${of}.${nameOf(path)} ${way === remove ? "removed" : "changed"}`,
      apply: (made: MadeWorkbench) => editNotebook(made, (raw) => way(find(raw), path)),
      expected: { ...expectedOf(of, path, way === remove), cell },
    }));
  });
}

/** What is said of a field; of all others that the record was edited. */
const SAYS = {
  notebook: { "": "the notebook's record (versions, parameters, inputs, seal) was edited after its run" },
  cell: {
    "": "its record was edited after its run",
    source: "its source was edited after its run",
    "digests.outputs": "its outputs were edited after its run",
    "digests.reads": "the record of what it read",
    digests: "the digests in its record were edited after its run",
    inputs: "the record of what it read",
    unproven: "the record of what it read",
    writes: "the record of what it read",
    findings: "its recorded finding",
  },
} as const;

function expectedOf(of: keyof typeof SAYS, path: Path, isGone: boolean) {
  const says: Record<string, string> = SAYS[of];
  const whole = path.join(".");
  const refused = `metadata.boathouse.${path[0] === "added" ? "" : path[0]}`;
  if (path[0] === "digests") return { says: says[whole === "digests" && !isGone ? "" : whole] ?? says[""]!, refused };
  // What is added to a finding beside its sentence and values changes neither.
  if (path[0] === "findings" && path.length === 2 && !isGone) return { says: says[""]!, refused };
  return { says: says[path[0]!] ?? says[""]!, refused };
}

function* pathsOf(value: Raw, at: Path = []): Iterable<Path> {
  if (at.length > 0) yield at;
  if (typeof value !== "object" || value === null) return;
  const keys: Path = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  for (const key of keys) yield* pathsOf(value[key], [...at, key]);
}

const FIELDS =
  /^(schema|deno|boathouse|parameters|inputs|seal|digest|source|upstream|modules|packages|imports|order|unproven|writes|findings|digests|outputs|reads|record|table|incarnation|ends|rows|until|version|model|text|values|added)$/;

function nameOf(path: Path): string {
  return path.map((part) => FIELDS.test(`${part}`) ? part : "*").join(".");
}

function change(record: Raw, path: Path): void {
  const [owner, key] = placeOf(record, path);
  owner[key] = changed(owner[key]);
}

function remove(record: Raw, path: Path): void {
  const [owner, key] = placeOf(record, path);
  if (Array.isArray(owner)) owner.splice(Number(key), 1);
  else delete owner[key];
}

function placeOf(record: Raw, path: Path): [owner: Raw, key: string | number] {
  return [path.slice(0, -1).reduce((value, key) => value[key], record), path.at(-1)!];
}

function changed(value: Raw): Raw {
  if (typeof value === "number") return value + 1;
  if (typeof value === "string") return /^[0-9a-f]{64}$/.test(value) ? "0".repeat(64) : `${value}x`;
  if (Array.isArray(value)) return [...value, "added"];
  if (typeof value !== "object" || value === null) return "added";
  return { ...value, added: typeof Object.values(value)[0] === "number" ? 1 : "added" };
}
