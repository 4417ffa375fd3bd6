import { basename, join } from "node:path";
import { parseEndpoint } from "../endpoints/mod.ts";
import type { Analysis } from "./analyses.ts";
import { listFiles } from "./files.ts";

/** What depends on what in a workbench. */
export interface Lineage {
  /** Everything that takes part, by id. */
  nodes: LineageNode[];
  /** From what is needed to what needs it. */
  edges: LineageEdge[];
}

/** One thing that takes part. */
export interface LineageNode {
  /** Kind and name, such as `table:flights`; a notebook's name is its file. */
  id: string;
  /** What it is. */
  kind: "topic" | "table" | "notebook" | "model" | "function" | "endpoint";
  /** Its name, or the file of a notebook. */
  name: string;
}

/** One dependency. */
export interface LineageEdge {
  /** Id of what is needed. */
  from: string;
  /** Id of what needs it. */
  to: string;
  /** How: a topic is ingested, a table or model is read or written, a function is defined, declares a model, is called. */
  how: "ingested" | "read" | "wrote" | "defines" | "declares" | "calls";
}

/**
 * Derives the lineage of a workbench: what notebooks read and wrote by the provenance of their last runs, the functions
 * that they export with the models that these declare, and the endpoints that call them by their files.
 *
 * @param root folder of the workbench
 * @param analyses its notebooks
 * @returns nodes and edges, each once, in the order of their ids
 * @throws {SyntaxError | TypeError} when an endpoint's file is wrong
 *
 * @example
 * ```ts
 * import { lineageOf } from "./lineage.ts";
 * const root = await Deno.makeTempDir();
 * await Deno.mkdir(`${root}/notebooks`);
 * console.assert(lineageOf(root, []).nodes.length === 0);
 * ```
 */
export function lineageOf(root: string, analyses: readonly Analysis[]): Lineage {
  const edges = [...analyses.flatMap(edgesOf), ...endpointEdges(root)];
  const ids = [...analyses.map(({ file }) => `notebook:${file}`), ...edges.flatMap(({ from, to }) => [from, to])];
  const nodes = [...new Set(ids)].sort().map((id): LineageNode => {
    const at = id.indexOf(":");
    return { id, kind: id.slice(0, at) as LineageNode["kind"], name: id.slice(at + 1) };
  });
  const unique = new Map(edges.map((edge) => [JSON.stringify([edge.from, edge.to, edge.how]), edge]));
  return { nodes, edges: [...unique].sort(([a], [b]) => a < b ? -1 : 1).map(([, edge]) => edge) };
}

function edgesOf({ file, tables, models, functions }: Analysis): LineageEdge[] {
  const self = `notebook:${file}`;
  const edge = (from: string, to: string, how: LineageEdge["how"]): LineageEdge => ({ from, to, how });
  return [
    ...tables.read.flatMap(({ name, topic }) => [
      ...(topic ? [edge(`topic:${name}`, `table:${name}`, "ingested")] : []),
      edge(`table:${name}`, self, "read"),
    ]),
    ...tables.written.map((name) => edge(self, `table:${name}`, "wrote")),
    ...models.read.map(({ name }) => edge(`model:${name}`, self, "read")),
    ...models.written.map((name) => edge(self, `model:${name}`, "wrote")),
    ...functions.flatMap(({ name, models }) => [
      edge(self, `function:${name}`, "defines"),
      ...models.map((model) => edge(`model:${model}`, `function:${name}`, "declares")),
    ]),
  ];
}

function endpointEdges(root: string): LineageEdge[] {
  return listFiles(join(root, "notebooks"), ".endpoint.yaml").flatMap((path) => {
    const { endpoint, variants, shadow = [] } = parseEndpoint(Deno.readTextFileSync(path), basename(path));
    const calls = [
      ...variants.flatMap(({ steps }) => steps.flatMap((step) => "call" in step ? [step.call] : [])),
      ...shadow.map(({ call }) => call),
    ];
    return calls.map((call): LineageEdge => ({
      from: `function:${call.split("@")[0]}`,
      to: `endpoint:${endpoint}`,
      how: "calls",
    }));
  });
}

const SHAPES: Readonly<Record<LineageNode["kind"], readonly [open: string, close: string]>> = {
  topic: [">", "]"],
  table: ["[(", ")]"],
  notebook: ["[", "]"],
  model: ["{{", "}}"],
  function: ["(", ")"],
  endpoint: ["([", "])"],
};

/**
 * Draws a lineage as a mermaid flowchart, as forges show it in Markdown.
 *
 * @param lineage nodes and edges
 * @returns the flowchart's text, without fence
 *
 * @example
 * ```ts
 * import { lineageMermaid } from "./lineage.ts";
 * const nodes = [{ id: "table:rides", kind: "table" as const, name: "rides" }];
 * console.assert(lineageMermaid({ nodes, edges: [] }).includes('n0[("rides")]'));
 * ```
 */
export function lineageMermaid({ nodes, edges }: Lineage): string {
  const short = new Map(nodes.map(({ id }, index) => [id, `n${index}`]));
  const lines = [
    ...nodes.map(({ id, kind, name }) =>
      `  ${short.get(id)}${SHAPES[kind].join(`"${escapeLabel(labelOf(kind, name))}"`)}`
    ),
    ...edges.map(({ from, to, how }) => `  ${short.get(from)} -->|${how}| ${short.get(to)}`),
  ];
  return `flowchart LR\n${lines.join("\n")}\n`;
}

function labelOf(kind: LineageNode["kind"], name: string): string {
  if (kind === "notebook") return name.replace(/^notebooks\//, "");
  return kind === "table" ? name : `${kind} ${name}`;
}

/** Mermaid takes entities by number; names come from others. */
function escapeLabel(text: string): string {
  return text.replace(/["#&<>\\`\n\r]/g, (char) => `#${char.charCodeAt(0)};`);
}
