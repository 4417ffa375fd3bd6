import ts from "typescript";
import type { NameFinding } from "./_displayed.ts";
import type { Finding } from "./provenance.ts";

interface FindingTemplate {
  pattern: RegExp;
  expressions: string[];
}

/** Names the values of findings by the texts of their expressions, where the cell's source shows which template it was. */
export function findingNamer(source: string): NameFinding {
  const templates = findTemplates(source);
  return (finding) => {
    const count = Object.keys(finding.values).length;
    const template = templates.find(({ pattern, expressions }) => {
      return expressions.length === count && pattern.test(finding.text);
    });
    return template ? rename(finding, template.expressions) : finding;
  };
}

function rename(finding: Finding, expressions: string[]): Finding {
  const entries = expressions.map((name, index) => [name, finding.values[index]!] as const);
  const clash = entries.some(([name, value]) => entries.some(([other, its]) => name === other && value !== its));
  return clash ? finding : { text: finding.text, values: Object.fromEntries(entries) };
}

function findTemplates(source: string): FindingTemplate[] {
  const file = ts.createSourceFile("cell.tsx", source, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX);
  const found: FindingTemplate[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isTaggedTemplateExpression(node) && /(^|\.)finding$/.test(node.tag.getText(file))) {
      found.push(readTemplate(node.template, file));
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function readTemplate(template: ts.TemplateLiteral, file: ts.SourceFile): FindingTemplate {
  if (ts.isNoSubstitutionTemplateLiteral(template)) return { pattern: exactly([template.text]), expressions: [] };
  const spans = template.templateSpans;
  return {
    pattern: exactly([template.head.text, ...spans.map((span) => span.literal.text)]),
    expressions: spans.map((span) => span.expression.getText(file).replace(/\s+/g, " ")),
  };
}

function exactly(texts: string[]): RegExp {
  const parts = texts.map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^\\s*${parts.join("[^]*?").trim()}\\s*$`);
}
