import fc from "fast-check";
import { expect, test } from "vitest";
import {
  diffAsText,
  diffNotebooks,
  type Notebook,
  type NotebookCell,
  type Output,
  readNotebook,
  writeNotebook,
} from "../mod.ts";
import { baseNotebook, code, markdown, recorded } from "./testdata/base.ts";

const text = fc.string({ unit: "binary", maxLength: 20 });
const bundle = fc.record({
  "text/plain": text,
  "text/html": text,
  "image/svg+xml": fc.oneof(text, fc.constant("<svg><script/></svg>")),
  "image/png": text,
  "application/json": fc.jsonValue({ maxDepth: 2 }),
  "application/vnd.dataresource+json": fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.array(fc.dictionary(text, fc.jsonValue({ maxDepth: 1 }), { maxKeys: 3 }), { maxLength: 3 }).map((data) => {
      return { schema: { fields: [...new Set(data.flatMap(Object.keys))].map((name) => ({ name })) }, data };
    }),
  ),
  "application/vnd.boathouse.finding+json": fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.record({
      text,
      values: fc.dictionary(text, fc.oneof(text, fc.double({ noNaN: true, noDefaultInfinity: true }))),
    }),
  ),
}, { requiredKeys: [] });
const metadata = fc.dictionary(text, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 2 });
const output: fc.Arbitrary<Output> = fc.oneof(
  fc.record({
    output_type: fc.constant("stream" as const),
    name: fc.constantFrom("stdout" as const, "stderr" as const),
    text,
  }),
  fc.record({
    output_type: fc.constant("error" as const),
    ename: text,
    evalue: text,
    traceback: fc.array(text, { maxLength: 2 }),
  }),
  fc.record({ output_type: fc.constant("display_data" as const), data: bundle, metadata }),
);
const id = fc.constantFrom(..."abcdefgh");
const cell: fc.Arbitrary<NotebookCell> = fc.oneof(
  fc.record({ cell_type: fc.constantFrom("markdown" as const, "raw" as const), id, metadata, source: text }),
  fc.record({
    cell_type: fc.constant("code" as const),
    id,
    metadata: fc.oneof(metadata, fc.constant(recorded("It is 1.", { a: 1 })), fc.constant({ boathouse: 7 })),
    source: fc.oneof(text, fc.constant("//| key: a\n//| tolerance: 0.1\nx"), fc.constant("//| label: \u202e\n")),
    outputs: fc.array(output, { maxLength: 3 }),
    execution_count: fc.option(fc.nat(9)),
  }),
);
const notebook: fc.Arbitrary<Notebook> = fc.record({
  cells: fc.uniqueArray(cell, { selector: (each) => each.id, maxLength: 6 }),
  metadata: fc.oneof(metadata, fc.constant(baseNotebook().metadata)),
  nbformat: fc.constant(4 as const),
  nbformat_minor: fc.constant(5 as const),
}).map((made) => readNotebook(writeNotebook(made), "made.ipynb"));

test("diffNotebooks() is empty exactly where both would be written with the same bytes", async () => {
  const pairs = fc.oneof(fc.tuple(notebook, notebook), notebook.map((one) => [one, structuredClone(one)] as const));
  await fc.assert(
    fc.property(pairs, ([was, now]) => {
      const diff = diffNotebooks(was, now);
      expect(diff.equal).toBe(writeNotebook(was) === writeNotebook(now));
      expect(diff.cells.reduce((sum, each) => sum + (each.state === "unchanged" ? each.count : 0), 0)).toBe(
        diff.unchanged,
      );
      if (diff.equal) expect(diff.notes.filter((note) => !note.includes("provenance"))).toEqual([]);
    }),
    { numRuns: 400 },
  );
});

// deno-lint-ignore no-control-regex
const OBEYED = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/;

test("diffAsText() writes nothing that a terminal obeys", async () => {
  await fc.assert(
    fc.property(notebook, notebook, (was, now) => {
      expect(diffAsText(diffNotebooks(was, now))).not.toMatch(OBEYED);
    }),
    { numRuns: 2000 },
  );
});

test("diffNotebooks() finds as many cells new one way as gone the other way", async () => {
  const count = (was: Notebook, now: Notebook, state: string) => {
    return diffNotebooks(was, now).cells.filter((each) => each.state === state).length;
  };
  await fc.assert(
    fc.asyncProperty(notebook, notebook, async (was, now) => {
      expect(await count(was, now, "added")).toBe(await count(now, was, "removed"));
    }),
    { numRuns: 2000 },
  );
});

interface Edit {
  /** What it does to the list of cells. */
  apply(cells: NotebookCell[]): NotebookCell[];
  /** The cell that must be reported, and how. */
  id: string;
  state: "added" | "removed" | "kept";
}

test("diffNotebooks() reports each of many random edits, and no other cell", async () => {
  const start: NotebookCell[] = Array.from(
    { length: 12 },
    (_, index) => code(`c${index}`, `const value${index} = compute${index}();`),
  );
  const edits = fc.uniqueArray(fc.nat(11), { maxLength: 6 }).chain((places) => {
    return fc.tuple(...places.map((place) => fc.constantFrom(...editsAt(place))));
  });
  await fc.assert(
    fc.property(edits, (chosen) => {
      const now = chosen.reduce<NotebookCell[]>((cells, edit) => edit.apply(cells), start);
      const diff = diffNotebooks({ ...baseNotebook(), cells: start }, { ...baseNotebook(), cells: now });
      const found = diff.cells.flatMap((each) => each.state === "unchanged" ? [] : [`${each.id} ${each.state}`]);
      expect(found.sort()).toEqual(chosen.map(({ id, state }) => `${id} ${state}`).sort());
    }),
    { numRuns: 200 },
  );
});

function editsAt(place: number): Edit[] {
  const id = `c${place}`;
  const change = (edited: Partial<NotebookCell>): Edit => ({
    apply: (cells) => cells.map((each) => each.id === id ? { ...each, ...edited } as NotebookCell : each),
    id,
    state: "kept",
  });
  return [
    change({ source: `const other = ${place};` }),
    change({ metadata: { tags: ["new"] } }),
    change({ outputs: [{ output_type: "stream", name: "stdout", text: `${place}` }] } as Partial<NotebookCell>),
    { apply: (cells) => cells.filter((each) => each.id !== id), id, state: "removed" },
    {
      apply: (cells) =>
        cells.flatMap((each) => each.id === id ? [each, markdown(`n${place}`, `Note ${place}.`)] : [each]),
      id: `n${place}`,
      state: "added",
    },
  ];
}

test("diffNotebooks() names a record that is malformed and compares it as it stands", () => {
  const broken = baseNotebook();
  const cell = broken.cells.find((each) => each.id === "worst")!;
  cell.metadata = { boathouse: { source: 7 } };
  const diff = diffNotebooks(baseNotebook(), broken);
  expect(diff.notes).toEqual([
    expect.stringMatching(/^Cannot read provenance of cell "worst" as metadata\.boathouse\.source must be valid/),
  ]);
  expect(diff).toMatchObject({ equal: false, traces: { recorded: 1 } });
});

test("diffNotebooks() tells verdicts that are others, and of new cells those that are not good", () => {
  const judged = (cell: string, verdict: string, reason = "") => {
    return { cell, code: { verdict, reason }, proof: { verdict: "proven", reason: "" } };
  };
  const [was, now] = [baseNotebook(), baseNotebook()];
  now.cells.push(code("new", "1"), code("good", "2"));
  const verdicts = {
    old: [judged("log", "fresh"), judged("fails", "stale"), judged("setup", "fresh")],
    new: [
      judged("log", "dirty", "its source was edited"),
      judged("fails", "stale"),
      judged("new", "never run"),
      judged("good", "fresh"),
    ],
  };
  expect(diffNotebooks(was, now, { verdicts }).verdicts).toEqual([
    { cell: "log", label: "log", of: "code", old: "fresh", new: "dirty", reason: "its source was edited" },
    { cell: "new", label: "new", of: "code", old: null, new: "never run", reason: "" },
  ]);
});

test("diffNotebooks() compares what claims to be a table and is none as JSON", () => {
  const of = (value: unknown) => {
    const shown = {
      output_type: "display_data" as const,
      data: { "application/vnd.dataresource+json": value },
      metadata: {},
    };
    return { ...baseNotebook(), cells: [code("a", "x", [shown])] };
  };
  const { cells } = diffNotebooks(of([]), of([1]));
  expect(cells).toMatchObject([{ outputs: [{ state: "changed", form: "data", text: { added: 3, removed: 1 } }] }]);
});

test("diffNotebooks() of outputs of 50 MB ends, and holds a part of them", () => {
  const lines = (word: string) =>
    Array.from({ length: 1_500_000 }, (_, index) => `${word} line number ${index}\n`).join("");
  const of = (word: string) => ({
    ...baseNotebook(),
    cells: [code("a", "log()", [{ output_type: "stream", name: "stdout", text: lines(word) }])],
  });
  const [was, now] = [of("one"), of("two")];
  const diff = diffNotebooks(was, now);
  expect(JSON.stringify(diff).length).toBeLessThan(200_000);
  expect(diff.cells).toMatchObject([{ outputs: [{ text: { added: 1_500_000, removed: 1_500_000, aligned: false } }] }]);
});
