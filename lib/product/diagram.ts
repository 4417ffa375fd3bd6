/** One node of a diagram. */
export interface DiagramNode {
  /** The node's id as written, such as `topic_flights`. */
  id: string;
  /** Line in the Markdown file, from 1. */
  line: number;
}

const FENCE = /^\s*(```|~~~)/;
const ARROW = /\s*(?:<?(?:--+|==+|-\.+-?)(?:[^>=|-]*?(?:--+|==+|-?\.+-))?[>ox]?)\s*(?:\|[^|]*\|\s*)?/;
const NOT_NODES = /^(?:flowchart|graph|subgraph|end|direction|classDef|class|style|linkStyle|click|%%)\b|^%%/;

/**
 * Finds the nodes of the mermaid flowcharts in a Markdown text.
 *
 * @param markdown Markdown text
 * @returns nodes in order, each id once per line; null when there is no mermaid block
 * @example
 * ```ts
 * import { diagramNodes } from "./diagram.ts";
 * const fence = "`".repeat(3);
 * const nodes = diagramNodes(`${fence}mermaid\nflowchart LR\n  topic_a[A] --> table_a\n${fence}`);
 * if (nodes?.map((node) => node.id).join() !== "topic_a,table_a") throw new Error("unexpected");
 * ```
 */
export function diagramNodes(markdown: string): DiagramNode[] | null {
  const nodes: DiagramNode[] = [];
  let inside = false;
  let found = false;
  for (const [index, text] of markdown.split("\n").entries()) {
    if (FENCE.test(text)) {
      inside = !inside && /^\s*(```|~~~)\s*mermaid\s*$/.test(text);
      found ||= inside;
    } else if (inside) {
      nodes.push(...nodesOf(text.trim()).map((id) => ({ id, line: index + 1 })));
    }
  }
  return found ? nodes : null;
}

function nodesOf(statement: string): string[] {
  if (statement === "" || NOT_NODES.test(statement)) return [];
  const bare = statement.replace(/;$/, "").replace(/"[^"]*"/g, '""').replace(
    /[[({][[({/\\]?[^\])}]*[\])}/\\]?[\])}]/g,
    "",
  );
  return bare.split(ARROW).flatMap((part) => part.split("&")).map((part) => part.trim().replace(/:::\w+$/, ""))
    .filter((id) => /^[A-Za-z][\w-]*$/.test(id));
}
