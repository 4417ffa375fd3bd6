import { expect, test } from "vitest";
import { diffAsHtml, diffAsText, diffNotebooks, type Output, reportHtml, reportNotebook } from "./mod.ts";
import { notebookOf } from "./testdata/sketch.ts";
import { notebook } from "./testdata/whole.ts";

/** What turns the order of text around, hides it, or stands for nothing. */
const MARKS = ["\u202e", "\u2066", "\u200f", "\u200b", "\ufeff", "\u{e0041}", "\u009b"];
const HIDDEN = /[\u202a-\u202e\u2066-\u2069\u200b\u200e\u200f\ufeff\u0080-\u009f]|[\u{e0000}-\u{e007f}]/u;

const shown = (data: Record<string, unknown>): Output =>
  ({ output_type: "display_data", metadata: {}, data }) as Output;
const table = (text: string) => ({ schema: { fields: [{ name: text }] }, data: [{ [text]: text }] });

const PLACES: Record<string, (mark: string) => ReturnType<typeof notebookOf>> = {
  "a heading": (mark) => notebookOf([{ id: "a", markdown: `# Is it ${mark}late?\n\n## ${mark}x` }]),
  "Markdown": (mark) =>
    notebookOf([{ id: "a", markdown: `x ${mark} \`${mark}\` ![${mark}](a${mark}.png) [${mark}](b)` }]),
  "an entity of Markdown": (mark) => notebookOf([{ id: "a", markdown: `x &#${mark.codePointAt(0)}; &rlm;&zwj;` }]),
  "a fence": (mark) => notebookOf([{ id: "a", markdown: "```ts\nif (a) // " + mark + "\n```" }]),
  "code and its label": (mark) => notebookOf([{ id: "a", code: `//| label: x${mark}y\nif (a${mark}) b();` }]),
  "a stream": (mark) =>
    notebook([{ id: "a", code: "", outputs: [{ output_type: "stream", name: "stdout", text: mark }] }]),
  "an error": (mark) => {
    const error: Output = { output_type: "error", ename: mark, evalue: mark, traceback: [mark, mark] };
    return notebook([{ id: "a", code: "", outputs: [error] }]);
  },
  "a table": (mark) => {
    return notebook([{
      id: "a",
      code: "",
      outputs: [shown({ "application/vnd.dataresource+json": table(`x${mark}`) })],
    }]);
  },
  "Markdown that a cell shows": (mark) => {
    return notebook([{
      id: "a",
      code: "",
      outputs: [shown({ "text/markdown": `x ${mark} &#${mark.codePointAt(0)};` })],
    }]);
  },
  "the title of a figure": (mark) => {
    const data = {
      "image/svg+xml": `<svg xmlns="http://www.w3.org/2000/svg"><text>drawn</text></svg>`,
      "text/plain": `t${mark}`,
    };
    return notebook([{ id: "a", code: "", outputs: [shown(data)] }]);
  },
};

const CASES = Object.keys(PLACES).flatMap((place) => MARKS.map((mark) => [place, mark] as const));

test.each(CASES)("reports and diffs show a mark that hides, in %s: %j", async (place, mark) => {
  const made = PLACES[place]!(mark);
  const { markdown } = await reportNotebook(made, { name: `n${mark}` });
  const page = await reportHtml(made, { name: `n${mark}` });
  const diff = diffNotebooks(notebookOf([]), made);
  const plain = [diffAsText(diff), diffAsHtml(diff, { old: mark, new: mark })];
  for (const text of [markdown, page, ...plain]) expect(HIDDEN.exec(text)?.input).toBe(undefined);
  // No browser makes a control of an entity.
  for (const text of [markdown, page]) expect(text).not.toMatch(/&(#(?!39;|155;)\d+|rlm|zwj);/);
});
