import { expect, test } from "vitest";
import { diagramNodes } from "./diagram.ts";
import { checkLinks, headingIds } from "./links.ts";
import { checkPlaceholders } from "./placeholders.ts";

const ids = (body: string) => diagramNodes("text\n```mermaid\n" + body + "\n```\n")?.map((node) => node.id);

test.each<[string, string[]]>([
  ["flowchart LR\n a[A] --> b(B)", ["a", "b"]],
  ["flowchart LR\n a-->|reads & writes|b-.->c", ["a", "b", "c"]],
  ["flowchart LR\n a & b ==> c{{C}}", ["a", "b", "c"]],
  ['graph TD\n topic_x[(X --> Y)] -- text --> model_flight-delay[/"m [1]"/]', ["topic_x", "model_flight-delay"]],
  ["flowchart LR\n subgraph s\n a\n end\n classDef hot fill:#f00\n a:::hot --- b;\n %% note", ["a", "a", "b"]],
])("diagramNodes() reads %j", (body, expected) => expect(ids(body)).toEqual(expected));

test("diagramNodes() tells a text without a diagram from an empty one", () => {
  expect(diagramNodes("# Title\n```ts\na --> b\n```")).toBeNull();
  expect(diagramNodes("```mermaid\nflowchart LR\n```")).toEqual([]);
  expect(diagramNodes("# T\n\n```mermaid\nflowchart LR\n a\n```")).toEqual([{ id: "a", line: 5 }]);
});

const FILES: Record<string, string> = { "/w/docs/a.md": "# One\n## Two: three\n", "/w/x.png": "" };
const links = (text: string, file = "README.md") =>
  checkLinks("/w", file, text, (path) => FILES[path] ?? null).map((problem) => `${problem.line}: ${problem.what}`);

test.each<[string, string[]]>([
  ["[a](docs/a.md) ![p](x.png) [h](https://example.org/x)", []],
  ["[a](docs/a.md#two-three)", []],
  ["# Here\n[a](#here)", []],
  ["```\n[a](gone.md)\n```\n`[a](gone.md)`", []],
  ["[curl](http://127.0.0.1:8401/v1)", []],
  ["\n[a](docs/b.md)", ['2: link "docs/b.md" leads nowhere: no such file']],
  ["[a](docs/a.md#four)", ['1: link "docs/a.md#four" leads nowhere: the file has no heading "#four"']],
  ["[a](../other.md)", ['1: link "../other.md" leaves the repository']],
  ["[a](http://example.org)", ['1: link "http://example.org" must be well-formed https']],
  ["[a](javascript:alert(1)", ['1: link "javascript:alert(1" must be well-formed https']],
])("checkLinks() judges %j", (text, expected) => expect(links(text)).toEqual(expected));

test("checkLinks() resolves against the file's own folder", () => {
  expect(links("[one](a.md#one)", "docs/b.md")).toEqual([]);
});

test("headingIds() numbers repeated headings", () => {
  expect(headingIds("# A b\n## A b\n### Ünï_c 1.2!")).toEqual(["a-b", "a-b-1", "ünï_c-12"]);
});

test("checkPlaceholders() names line and word", () => {
  expect(checkPlaceholders("a.md", "fine\nOwner: TBD\n<your name>")).toEqual([
    { file: "a.md", line: 2, what: 'placeholder "TBD": write what it stands for' },
    { file: "a.md", line: 3, what: 'placeholder "<your name>": write what it stands for' },
  ]);
});
