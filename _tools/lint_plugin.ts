import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { judgeImport } from "./levels.ts";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

function report(context: Deno.lint.RuleContext, node: Deno.lint.Node, specifier: unknown): void {
  if (typeof specifier !== "string") return;
  const wrong = judgeImport(ROOT, context.filename, specifier);
  if (wrong) context.report({ node, message: `Cannot import "${specifier}" as ${wrong}` });
}

/** Keeps the folder levels of docs/architecture.md, and the environment in one place. */
const plugin: Deno.lint.Plugin = {
  name: "boathouse",
  rules: {
    levels: {
      create: (context) => ({
        ImportDeclaration: (node) => report(context, node, node.source.value),
        ExportNamedDeclaration: (node) => report(context, node, node.source?.value),
        ExportAllDeclaration: (node) => report(context, node, node.source.value),
        ImportExpression: (node) => report(context, node, node.source.type === "Literal" ? node.source.value : null),
      }),
    },
    environment: {
      create: (context) => ({
        "MemberExpression[object.name='Deno'][property.name='env']": (node: Deno.lint.Node) => {
          if (
            /(\/lib\/config\/|\/boathouse\.ts$|\/_tools\/|_test\.ts$|_bench\.ts$|vitest\.config\.ts$)/.test(
              context.filename,
            )
          ) return;
          context.report({ node, message: "Only lib/config and boathouse.ts read the environment" });
        },
      }),
    },
    faces: {
      create: (context) => ({
        ExportAllDeclaration: (node) => {
          if (!context.filename.endsWith("/mod.ts") || node.source.value.startsWith("@")) return;
          context.report({ node, message: "A face names what it exports: write the names out" });
        },
      }),
    },
  },
};

export default plugin;
