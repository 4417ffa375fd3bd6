import { cellName } from "../../../cells/directives/mod.ts";
import { editCell, editNotebook, editSource, type Expected, type Raw, type RealEdit, textOf } from "./edit.ts";
import { dependents, type MadeCell, type MadeWorkbench } from "./workbench.ts";
import type { Random } from "./random.ts";

const EDITED = "its source was edited after its run";

/** Edits of cells: their source, and which there are in which order. */
export const CODE_EDITS: readonly RealEdit[] = [
  inSource("token of a cell", /\bcombine\(|\.map\(|x \+ 1|row > 1|x\+y|plot\(|keep\(|await /, (found) => {
    return { "combine(": "joined(", "row > 1": "row >= 1", "x+y": "x*y", "await ": "" }[found] ?? `${found}-`;
  }),
  inSource("number", /\b(17|1\.5|640|2)\b/, (found) => `${Number(found) + 1}`),
  inSource("text", /north|none/, (found) => `${found} `),
  inSource("template", /SELECT 3/, () => "SELECT  3"),
  inSource("sentence of a finding", /It is/, () => "It was"),
  inSource("directive", /figure-/, () => "chart-"),
  inSource("directive removed", /^\/\/\| label.*\n/, () => ""),
  inSource("order of arguments", /\((\w+), (\w+)/, (found) => found.replace(/\((\w+), (\w+)/, "($2, $1")),
  inSource("name of a declaration", /^const (v\d+) =/, (found) => found.replace("v", "w")),
  inSource("kind of a declaration", /^let /, () => "const "),
  {
    kind: "directive added",
    apply: (made, random) => {
      const cell = random.pick(made.cells.slice(2));
      return editSource(made, cell.id, /^/, "//| echo: false\n") ? dirty(made, cell) : null;
    },
  },
  {
    kind: "variable renamed everywhere",
    apply: (made, random) => {
      const cell = random.pick(made.cells.filter(({ kind }) => kind === "value" || kind === "reads"));
      const [name] = cell.defines;
      for (const { id } of made.cells) editSource(made, id, new RegExp(`\\b${name}\\b`, "g"), `${name}x`);
      return { says: EDITED, cell: cell.id };
    },
  },
  {
    kind: "source emptied",
    apply: (made, random) => {
      const cell = random.pick(made.cells.slice(2));
      editCell(made, cell.id, (raw) => (raw.source = ""));
      return { says: EDITED, cell: cell.id };
    },
  },
  {
    kind: "sources of two cells swapped",
    apply: (made, random) => {
      const [one, other] = random.shuffle(made.cells.slice(2));
      editNotebook(made, (raw) => {
        const [a, b] = [one!, other!].map(({ id }) => raw.cells.find((cell: Raw) => cell.id === id));
        [a.source, b.source] = [b.source, a.source];
      });
      return { says: EDITED, cell: one!.id };
    },
  },
  inImports("specifier", (source, random) => {
    return source.replace(random.pick(["./deep.ts", "./door.ts", "zod", "arquero", "boathouse"]), "npm:other");
  }),
  inImports("name of an import", (source, random) => {
    const name = random.pick(["deep", "inner", "more", "z", "aq", "lake"]);
    return source.replace(`{ ${name} }`, `{ other as ${name} }`);
  }),
  inImports("import of types only", (source) => source.replace("import {", "import type {")),
  inImports("attribute of an import", (source) => source.replace(`type: "json"`, `type: "text"`)),
  {
    kind: "cell deleted that others need",
    apply: (made, random) => {
      const cell = needed(made, random);
      if (!cell) return null;
      editNotebook(made, (raw) => (raw.cells = raw.cells.filter(({ id }: Raw) => id !== cell.id)));
      const exact = dependents(made, ({ id }) => id === cell.id).filter((id) => id !== cell.id);
      return { says: `cell "${cell.id}" is gone`, exact };
    },
  },
  {
    kind: "cell made Markdown that others need",
    apply: (made, random) => {
      const cell = needed(made, random);
      if (!cell) return null;
      editCell(made, cell.id, (raw) => {
        raw.cell_type = "markdown";
        delete raw.outputs;
        delete raw.execution_count;
      });
      return { says: `cell "${cell.id}" is gone` };
    },
  },
  {
    kind: "cell added",
    apply: (made, random) => {
      editNotebook(made, (raw) => insert(raw, random, added("added", "1 + 1")));
      return { says: "no run of it is recorded", cell: "added", exact: ["added"] };
    },
  },
  {
    kind: "cell added that declares a name anew",
    apply: (made, random) => {
      const cell = needed(made, random);
      if (!cell) return null;
      const source = `const ${cell.defines[0]} = 0;`;
      editNotebook(made, (raw) => {
        const at = raw.cells.findIndex(({ id }: Raw) => id === cell.id);
        raw.cells.splice(at + 1, 0, added("added", source));
      });
      return { says: `cell "added" now gives it a value` };
    },
  },
  {
    kind: "cell added that changes a value in place",
    apply: (made, random) => {
      const cell = needed(made, random);
      if (!cell) return null;
      editNotebook(made, (raw) => {
        const at = raw.cells.findIndex(({ id }: Raw) => id === cell.id);
        raw.cells.splice(at + 1, 0, added("added", `${cell.defines[0]}.push(1)`));
      });
      return { says: `cell "added" now gives it a value` };
    },
  },
  {
    kind: "cell moved above another",
    apply: (made, random) => {
      const [first, second] = order(made, random);
      editNotebook(made, (raw) => {
        const moved = raw.cells.find(({ id }: Raw) => id === second.id);
        raw.cells = raw.cells.filter((cell: Raw) => cell !== moved)
          .flatMap((cell: Raw) => cell.id === first.id ? [moved, cell] : [cell]);
      });
      return { says: cellName(second) };
    },
  },
  {
    kind: "cell copied with its record",
    apply: (made, random) => {
      const cell = random.pick(made.cells.slice(2));
      editNotebook(made, (raw) => {
        const at = raw.cells.findIndex(({ id }: Raw) => id === cell.id);
        raw.cells.splice(at + 1, 0, { ...raw.cells[at], id: "copy" });
      });
      return { says: `it is a copy of cell "${cellName(cell)}"`, cell: "copy" };
    },
  },
];

function inSource(kind: string, pattern: RegExp, change: (found: string) => string): RealEdit {
  return {
    kind,
    apply: (made, random) => {
      const cells = made.cells.filter(({ source, kind }) => kind !== "imports" && pattern.test(source));
      if (cells.length === 0) return null;
      const cell = random.pick(cells);
      editCell(made, cell.id, (raw) => (raw.source = raw.source.replace(pattern, change)));
      return /declaration/.test(kind) ? { says: EDITED, cell: cell.id } : dirty(made, cell);
    },
  };
}

function inImports(kind: string, change: (source: string, random: Random) => string): RealEdit {
  return {
    kind,
    apply: (made, random) => {
      const cell = random.pick(made.cells.slice(0, 2));
      let isChanged = false;
      editCell(made, cell.id, (raw) => {
        const source = change(textOf(raw), random);
        isChanged = source !== raw.source;
        raw.source = source;
      });
      if (!isChanged) return null;
      return { says: EDITED, cell: cell.id };
    },
  };
}

/** The cell is dirty, and all that use its values are stale. */
function dirty(made: MadeWorkbench, cell: MadeCell): Expected {
  return { says: EDITED, cell: cell.id, exact: dependents(made, ({ id }) => id === cell.id) };
}

/** A cell whose values others use. */
function needed({ cells }: MadeWorkbench, random: Random): MadeCell | null {
  const found = cells.filter(({ kind, defines }) => {
    return (kind === "value" || kind === "reads") && cells.some(({ uses }) => uses.some((name) => defines.includes(name)));
  });
  return found.length > 0 ? random.pick(found) : null;
}

function order({ cells }: MadeWorkbench, random: Random): [MadeCell, MadeCell] {
  const at = 2 + random.below(cells.length - 3);
  return [cells[at]!, cells[at + 1 + random.below(cells.length - at - 1)]!];
}

function added(id: string, source: string): Raw {
  return { cell_type: "code", id, metadata: {}, source, outputs: [], execution_count: null };
}

function insert(raw: Raw, random: Random, cell: Raw): void {
  raw.cells.splice(random.below(raw.cells.length + 1), 0, cell);
}
