import ts from "typescript";
import { editCell, editFile, editJson, editNotebook, type NeutralEdit, type Raw, textOf } from "./edit.ts";
import type { Random } from "./random.ts";
import {
  addBraces,
  addTrailingCommas,
  doubleSemicolons,
  dropParentheses,
  dropSemicolons,
  insertBehind,
  insertBetween,
  reprint,
  swapQuotes,
} from "./rewrite.ts";
import { type MadeCell, type MadeWorkbench, NOTEBOOK } from "./workbench.ts";

const MODULES = ["deep", "middle", "base", "door", "inner", "more"].map((name) => `notebooks/made/${name}.ts`);

/** Edits of how things are written, and of what no output comes from. */
export const NEUTRAL_EDITS: readonly NeutralEdit[] = [
  ...inCode("spaces", (source) => insertBehind(source, OPENING, "   ")),
  ...inCode("line breaks", (source) => insertBehind(source, OPENING, "\n\n   ")),
  ...inCode("line comments", (source) => insertBehind(source, OPENING, " // note\n")),
  ...inCode("block comments", (source) => insertBehind(source, OPENING, " /* here\nand there */ ")),
  ...inCode("comments between statements", (source) => insertBetween(source, "\n/** Why. */\n// And how.\n")),
  ...inCode("comment below that looks like a directive", (source) => `${source}\n//| echo: false`),
  ...inCode("trailing commas", addTrailingCommas),
  ...inCode("quotes", swapQuotes),
  ...inCode("semicolons gone", dropSemicolons),
  ...inCode("semicolons doubled", doubleSemicolons),
  ...inCode("parentheses of arrows", dropParentheses),
  ...inCode("braces of branches", addBraces),
  ...inCode("printed anew by TypeScript", reprint),
  ...inCode("line ends", (source) => source.replaceAll("\n", "\r\n")),
  ...inCode("white space at both ends", (source) => `\n\n  ${source}\n\n`),
  {
    kind: "order of names in an import",
    apply: (made) => {
      return editFile(made, "notebooks/made/middle.ts", "{ base, type Row }", "{ type Row, base }");
    },
  },
  inNotebook("Markdown edited", (raw, random) => (random.pick(ofType(raw, "markdown")).source = "Other words.")),
  inNotebook("Markdown cell added", (raw, random) => {
    raw.cells.splice(random.below(raw.cells.length + 1), 0, markdown("new-text"));
  }),
  inNotebook("Markdown cell removed", (raw, random) => {
    const gone = random.pick(ofType(raw, "markdown"));
    raw.cells = raw.cells.filter((cell: Raw) => cell !== gone);
  }),
  inNotebook("Markdown cell moved", (raw, random) => {
    const moved = random.pick(ofType(raw, "markdown"));
    raw.cells = raw.cells.filter((cell: Raw) => cell !== moved);
    raw.cells.splice(random.below(raw.cells.length + 1), 0, moved);
  }),
  inNotebook("picture attached to Markdown", (raw, random) => {
    random.pick(ofType(raw, "markdown")).attachments = { "a.png": { "image/png": "iVBO" } };
  }),
  inNotebook("raw cell added", (raw) => raw.cells.unshift({ ...markdown("raw-text"), cell_type: "raw" })),
  inNotebook("empty cell added", (raw, random) => {
    raw.cells.splice(random.below(raw.cells.length + 1), 0, empty(random.pick(["", "  \n", "// later", "/* x */;"])));
  }),
  inNotebook("tags", (raw, random) => (random.pick(ofType(raw, "code")).metadata.tags = ["remove_input", "x"])),
  inNotebook("how cells are shown", (raw, random) => {
    const { metadata } = random.pick(ofType(raw, "code"));
    Object.assign(metadata, { collapsed: true, jupyter: { source_hidden: true }, slideshow: { slide_type: "slide" } });
  }),
  inNotebook("times of execution", (raw, random) => {
    random.pick(ofType(raw, "code")).metadata.execution = { "iopub.status.busy": "2026-01-01T00:00:00Z" };
  }),
  inNotebook("kernel's metadata", (raw) => {
    Object.assign(raw.metadata, { kernelspec: { name: "deno" }, language_info: { name: "typescript" }, widgets: {} });
  }),
  inNotebook("permissions of cells", (raw) => (raw.metadata.boathouse.permissions = ["--allow-read"])),
  inNotebook("id of a cell", (raw, random) => (random.pick(ofType(raw, "code")).id = "renamed")),
  inNotebook("texts as lists of lines", (raw) => {
    for (const cell of raw.cells) cell.source = textOf(cell).split(/(?<=\n)/);
    for (const output of raw.cells.flatMap(({ outputs = [] }: Raw) => outputs)) {
      if (output.text !== undefined) output.text = [output.text].flat().join("").split(/(?<=\n)/);
    }
  }),
  {
    kind: "cell deleted that nobody needs",
    apply: (made, random) => {
      const cells = made.cells.filter(({ kind }) => kind === "shows" || kind === "finds");
      if (cells.length === 0) return false;
      const { id } = random.pick(cells);
      editNotebook(made, (raw) => (raw.cells = raw.cells.filter((cell: Raw) => cell.id !== id)));
      return true;
    },
  },
  ...["deno.json", "deno.lock", NOTEBOOK].map((path): NeutralEdit => ({
    kind: `order of keys in ${path.split(".").at(-1)}`,
    apply: (made, random) => {
      const shuffled = shuffleKeys(JSON.parse(made.files.get(path)!), random);
      made.files.set(path, JSON.stringify(shuffled, null, random.below(4)));
      return true;
    },
  })),
  {
    kind: "layout of the notebook's file",
    apply: (made, random) => {
      const text = JSON.stringify(JSON.parse(made.files.get(NOTEBOOK)!), null, random.below(4));
      made.files.set(NOTEBOOK, `${random.pick(["", "\uFEFF"])}${text.replaceAll("\n", random.pick(["\n", "\r\n"]))}\n\n`);
      return true;
    },
  },
  {
    kind: "layout of imported JSON",
    apply: (made, random) => {
      const path = "notebooks/made/table.json";
      made.files.set(path, JSON.stringify(JSON.parse(made.files.get(path)!), null, random.below(3)));
      return true;
    },
  },
  inPackages("package that no cell reaches, other version", "deno.lock", ({ specifiers, npm }) => {
    specifiers["npm:yaml@2.9.1"] = "2.9.2";
    npm["yaml@2.9.2"] = { integrity: "sha512-new" };
  }),
  inPackages("package that no cell reaches, other contents", "deno.lock", ({ npm }) => (npm["yaml@2.9.1"].integrity = "x")),
  inPackages("package added", "deno.lock", ({ specifiers, npm }) => {
    specifiers["npm:left@1"] = "1.0.0";
    npm["left@1.0.0"] = { integrity: "sha512-left", dependencies: ["zod@4.6.7"] };
  }),
  inPackages("import map: entry added", "deno.json", ({ imports }) => (imports.left = "npm:left@1")),
  inPackages("import map: entry changed that no cell reaches", "deno.json", ({ imports }) => {
    imports.unreached = "npm:yaml@3";
  }),
  inPackages("import map: another range, the same version", "deno.json", ({ imports }) => {
    imports.frames = "npm:arquero@8.0.3";
  }),
  inPackages("tasks and layout of deno.json", "deno.json", (config) => {
    Object.assign(config, { tasks: { other: "x" }, fmt: { lineWidth: 80 }, lint: {} });
  }),
  ...["notebooks/made/unreached.ts", "notebooks/made/README.md", "lib/mod.ts", "boathouse.yaml", "notebooks/other.ipynb"]
    .map((path): NeutralEdit => ({
      kind: `file that no cell reaches: ${path}`,
      apply: (made) => {
        made.files.set(path, "export const other = 2;");
        return true;
      },
    })),
];

/** The same edit of a cell, of a cell with imports, and of a module. */
function inCode(kind: string, edit: (source: string) => string): NeutralEdit[] {
  const inCell = (cells: (made: MadeWorkbench) => MadeCell[]): NeutralEdit["apply"] => (made, random) => {
    const { id } = random.pick(cells(made));
    let isChanged = false;
    editCell(made, id, (cell) => {
      const source = edit(cell.source);
      isChanged = source !== cell.source;
      cell.source = source;
    });
    return isChanged;
  };
  return [
    { kind: `${kind} in a cell`, apply: inCell(({ cells }) => cells.slice(2)) },
    { kind: `${kind} in imports`, apply: inCell(({ cells }) => cells.slice(0, 2)) },
    {
      kind: `${kind} in a module`,
      apply: ({ files }, random) => {
        const path = random.pick(MODULES);
        const before = files.get(path)!;
        files.set(path, edit(before));
        return files.get(path) !== before;
      },
    },
  ];
}

function inNotebook(kind: string, edit: (raw: Raw, random: Random) => void): NeutralEdit {
  return {
    kind,
    apply: (made, random) => {
      editNotebook(made, (raw) => edit(raw, random));
      return true;
    },
  };
}

function inPackages(kind: string, path: string, edit: (value: Raw) => void): NeutralEdit {
  return {
    kind,
    apply: (made) => {
      editJson(made, path, edit);
      return true;
    },
  };
}

function ofType(raw: Raw, type: string): Raw[] {
  return raw.cells.filter((cell: Raw) => cell.cell_type === type);
}

function markdown(id: string): Raw {
  return { cell_type: "markdown", id, metadata: {}, source: "More words." };
}

function empty(source: string): Raw {
  return { cell_type: "code", id: "empty", metadata: {}, source, outputs: [], execution_count: null };
}

function shuffleKeys(value: Raw, random: Random): Raw {
  if (Array.isArray(value)) return value.map((item) => shuffleKeys(item, random));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(random.shuffle(Object.entries(value)).map(([key, item]) => [key, shuffleKeys(item, random)]));
}

const OPENING = [
  ts.SyntaxKind.CommaToken,
  ts.SyntaxKind.OpenBraceToken,
  ts.SyntaxKind.OpenParenToken,
  ts.SyntaxKind.OpenBracketToken,
  ts.SyntaxKind.EqualsToken,
];
