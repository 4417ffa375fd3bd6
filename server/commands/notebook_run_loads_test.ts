import { expect, test } from "vitest";

interface Graph {
  roots: string[];
  redirects: Record<string, string>;
  modules: { specifier: string; dependencies?: { isDynamic?: boolean; code?: { specifier?: string } }[] }[];
}

/** All that a module loads before its first statement runs, packages as `npm:` addresses. */
async function loadedWith(path: string): Promise<string[]> {
  const { href } = new URL(path, import.meta.url);
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json", href] }).output();
  const { roots, redirects, modules } = JSON.parse(new TextDecoder().decode(stdout)) as Graph;
  const dependencies = new Map(modules.map(({ specifier, dependencies = [] }) => [specifier, dependencies]));
  const found = new Set<string>();
  const visit = (specifier: string): void => {
    const real = redirects[specifier] ?? specifier;
    if (found.has(real)) return;
    found.add(real);
    for (const { isDynamic, code } of dependencies.get(real) ?? []) {
      if (!isDynamic && code?.specifier) visit(code.specifier);
    }
  };
  visit(roots[0]!);
  return [...found];
}

const HEAVY = /\/lib\/(lake|models|workbench|notebook)\/mod\.ts$|^npm:.*(typescript|duckdb|polars|kafka|protobufjs)/;

test.each(["./notebook_run.ts", "../../kernel-ext/runner/mod.ts", "../../kernel-ext/kernel/main.ts"])(
  "%s loads neither lake nor TypeScript before it must",
  async (path) => {
    const loaded = await loadedWith(path);
    expect(loaded.length).toBeGreaterThan(5);
    expect(loaded.filter((specifier) => HEAVY.test(specifier))).toEqual([]);
  },
);
