import { cellName } from "../../../cells/directives/mod.ts";
import { editCell, type Expected, type Raw, type RealEdit } from "./edit.ts";
import { codeOf, dependents, type MadeCell, type MadeWorkbench } from "./workbench.ts";
import type { Random } from "./random.ts";
import { cellDigest } from "../../_digests.ts";

const FINDING = "application/vnd.boathouse.finding+json";
const OUTPUTS = "its outputs were edited after its run";

/** Edits of outputs, of the order of running, and of what is recorded of a run. */
export const RESULT_EDITS: readonly RealEdit[] = [
  inOutputs("text of an output", hasStream, OUTPUTS, ({ outputs }) => (outputs[0].text = "line 3\n")),
  inOutputs("stream of an output", hasStream, OUTPUTS, ({ outputs }) => (outputs[0].name = "stderr")),
  inOutputs("output added", () => true, OUTPUTS, ({ outputs }) => {
    outputs.push({ output_type: "stream", name: "stdout", text: "more\n" });
  }),
  inOutputs("output taken", hasStream, OUTPUTS, ({ outputs }) => outputs.splice(0, 1)),
  inOutputs("chart of an output", isShown, OUTPUTS, ({ outputs }) => {
    outputs.at(-1).data["image/svg+xml"] = "<svg> </svg>\n";
  }),
  inOutputs("form of an output", isShown, OUTPUTS, ({ outputs }) => delete outputs.at(-1).data["text/plain"]),
  inOutputs("finding edited where it is shown", isFinding, OUTPUTS, ({ outputs }) => {
    outputs.at(-1).data[FINDING].text = "It is 99 of 1.";
  }),
  inOutputs("value of a finding where it is shown", isFinding, OUTPUTS, ({ outputs }) => {
    outputs.at(-1).data[FINDING].values["0"] = 99;
  }),
  inOutputs("finding edited on record", isFinding, "its recorded finding", ({ metadata }) => {
    metadata.boathouse.findings[0].text = "It is 99 of 1.";
  }),
  inOutputs("value of a finding on record", isFinding, "its recorded finding", ({ metadata }) => {
    const { values } = metadata.boathouse.findings[0];
    values[Object.keys(values)[0]!] = 99;
  }),
  inOutputs("finding taken from the record", isFinding, "its recorded findings were edited", ({ metadata }) => {
    delete metadata.boathouse.findings;
  }),
  inOutputs("inputs taken from the record", isReading, "the record of what it read", ({ metadata }) => {
    metadata.boathouse.inputs = [];
  }),
  inOutputs("unproven taken from the record", isUnproven, "the record of what it read", ({ metadata }) => {
    delete metadata.boathouse.unproven;
  }),
  inRun("outputs removed", "its outputs were removed", (cell) => Object.assign(cell, { outputs: [], execution_count: null })),
  inRun("execution count", "execution count 99, recorded run", (cell) => (cell.execution_count = 99)),
  inRun("record of a cell removed", "no run of it is recorded", ({ metadata }) => delete metadata.boathouse),
  inRun("source on record", "its source was edited after its run", ({ metadata }) => {
    metadata.boathouse.source = "0".repeat(64);
  }),
  {
    kind: "order of running",
    apply: (made, random) => {
      const [first, second] = random.shuffle(made.cells.slice(2)).slice(0, 2)
        .sort((a, b) => made.cells.indexOf(a) - made.cells.indexOf(b));
      const place = made.cells.indexOf(first!) + 1;
      for (const [cell, order] of [[first!, made.cells.indexOf(second!) + 1], [second!, place]] as const) {
        editCell(made, cell.id, (raw) => {
          const record = { ...raw.metadata.boathouse, order };
          const digests = { ...record.digests, record: cellDigest(record) };
          Object.assign(raw, { execution_count: order, metadata: { boathouse: { ...record, digests } } });
        });
      }
      return { says: `cell "${cellName(first!)}" above it ran after it` };
    },
  },
  inInput("incarnation on record", "flights", (input) => (input.incarnation = "80")),
  inInput("ends on record", "flights", (input) => (input.ends["0"] = 9)),
  inInput("rows on record", "flights", (input) => (input.rows = 21)),
  inInput("time on record", "flights", (input) => (input.until = "2001-06-30")),
  inInput("version on record", "routes", (input) => (input.version = 4)),
  inInput("digest on record", "routes", (input) => (input.digest = "d4")),
  inInput("model's version on record", "delay@champion", (input) => (input.version = "2")),
  inInput("model's digest on record", "delay@champion", (input) => (input.digest = "m2")),
];

function hasStream({ outputs: [first] }: Raw): boolean {
  return first?.output_type === "stream";
}

function isShown({ outputs }: Raw): boolean {
  return outputs.at(-1)?.data?.["image/svg+xml"] !== undefined;
}

function isFinding({ outputs }: Raw): boolean {
  return outputs.at(-1)?.data?.[FINDING] !== undefined;
}

function isReading({ metadata }: Raw): boolean {
  return metadata.boathouse.inputs.length > 0;
}

function isUnproven({ metadata }: Raw): boolean {
  return metadata.boathouse.unproven !== undefined;
}

/** What a cell shows is in doubt, and no cell that uses its values. */
function inOutputs(kind: string, isMeant: (cell: Raw) => boolean, says: string, edit: (cell: Raw) => void): RealEdit {
  return inCell(kind, isMeant, (made, { id }) => {
    editCell(made, id, edit);
    return { says, cell: id, exact: [id] };
  });
}

/** A cell has no such run, and the cells that use its values are in doubt with it. */
function inRun(kind: string, says: string, edit: (cell: Raw) => void): RealEdit {
  return inCell(kind, () => true, (made, { id }) => {
    editCell(made, id, edit);
    return { says, cell: id, exact: dependents(made, (cell) => cell.id === id) };
  });
}

function inCell(
  kind: string,
  isMeant: (cell: Raw) => boolean,
  edit: (made: MadeWorkbench, cell: MadeCell) => Expected,
): RealEdit {
  return {
    kind,
    apply: (made, random: Random) => {
      const found = codeOf(made).filter((cell) => isMeant(cell)).map(({ id }) => id);
      const cells = made.cells.slice(2).filter(({ id }) => found.includes(id));
      return cells.length > 0 ? edit(made, random.pick(cells)) : null;
    },
  };
}

/** All cells that read the input are in doubt, each by name. */
function inInput(kind: string, name: string, edit: (input: Raw) => void): RealEdit {
  return {
    kind,
    apply: (made) => {
      const readers = codeOf(made).filter(({ metadata }) => (metadata as Raw).boathouse.inputs.includes(name));
      if (readers.length === 0) return null;
      editCell(made, readers[0]!.id, (_, raw) => edit(raw.metadata.boathouse.inputs[name]));
      const exact = [made.cells[0]!.id, ...readers.map(({ id }) => id)];
      return { says: `the record of what it read (${name}) was edited`, exact };
    },
  };
}
