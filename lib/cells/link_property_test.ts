import fc from "fast-check";
import { expect, test } from "vitest";
import { findChanges } from "./_changes.ts";
import { linkCells } from "./link.ts";
import { loadedBy } from "./modules.ts";
import type { Cell } from "./parse.ts";
import { describeScope } from "./parse.ts";
import { analyseScope, type Scope } from "./scope.ts";
import { upstreamOf } from "./upstream.ts";

const name = fc.constantFrom("a", "b", "c", "toString");
const statement = fc.tuple(
  fc.constantFrom(
    "const N = M",
    "let N = 1",
    "type N = M[]",
    "interface N { x: M }",
    "class N extends M {}",
    "import { N } from './N.ts'",
    "import { x as N, type M } from 'pack'",
    "import type { N } from './types.ts'",
    "N = M",
    "N.push(M)",
    "N.x.y = 2",
    "function N() { M = 1 }",
    "let p: N",
    "{ let N = 1; N = M }",
    "[N] = M",
    "N(M)",
    "const N = (",
  ),
  name,
  name,
).map(([text, n, m]) => text.replaceAll("N", n).replaceAll("M", m));
const notebooks = fc.array(fc.array(statement, { maxLength: 4 }).map((lines) => lines.join(";\n")), { maxLength: 12 })
  .map((sources) => sources.map((source, index) => ({ id: `c${index}`, source })));

test("linkCells() and upstreamOf() find what a search of all earlier cells finds", () => {
  fc.assert(
    fc.property(notebooks, (cells) => {
      const scopes = cells.map(({ source }) => analyseScope(source));
      const plain = cells.map((_, at) => searchEarlier(cells, scopes, at));
      const linked = linkCells(cells);
      expect(linked.map(({ needs }) => needs.map(({ id }) => id))).toEqual(plain.map(({ needs }) => needs));
      expect(linked.map(({ specifiers }) => specifiers)).toEqual(plain.map(({ specifiers }) => specifiers));
      expect([...upstreamOf(cells).values()]).toEqual(plain.map(({ needs }) => needs));
    }),
    { numRuns: 200 },
  );
});

/** The rule as it reads: for each use a look through every cell above. */
function searchEarlier(cells: readonly Cell[], scopes: readonly Scope[], at: number) {
  const { file, definitions, referencesIn } = scopes[at]!;
  const uses = referencesIn(file).filter((use) => definitions.every((own) => own.name !== use.name));
  const needed = new Set<number>();
  const specifiers = loadedBy(describeScope(scopes[at]!).imports);
  for (const use of uses) {
    const declaring = (typed: boolean) => {
      return scopes.slice(0, at).findLastIndex((scope) =>
        scope.definitions.some((found) => found.name === use.name && (!typed || found.meanings.includes(use.meaning)))
      );
    };
    const from = declaring(true) >= 0 ? declaring(true) : declaring(false);
    if (from < 0) continue;
    needed.add(from);
    for (let between = from + 1; between < at; between++) {
      if (findChanges(scopes[between]!).some((change) => change.name === use.name && !change.later)) {
        needed.add(between);
      }
    }
    const imports = describeScope(scopes[from]!).imports.filter(({ names }) => {
      return names.some(({ local, typeOnly }) => local === use.name && !typeOnly);
    });
    specifiers.push(...loadedBy(imports));
  }
  return {
    needs: [...needed].sort((a, b) => a - b).map((index) => cells[index]!.id),
    specifiers: [...new Set(specifiers)],
  };
}
