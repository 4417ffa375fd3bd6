import { test } from "vitest";
import { expectVerdicts, type Row, STALE_FROM_LOAD } from "./testdata/expect_verdicts.ts";
import { CODE, NOTEBOOK } from "./testdata/stamped_workbench.ts";

const TABLE: Row[] = [
  {
    edit: "helper module",
    apply: (b) => b.replace("notebooks/flights/ridge.ts", "solve(rows)", "solve(rows, 1)"),
    expected: { imports: "stale", fit: "stale", check: "stale" },
    reasons: {
      fit: `module "notebooks/flights/ridge.ts" changed (fit → notebooks/flights/ridge.ts)`,
      check: `module "notebooks/flights/ridge.ts" changed (check → fit → notebooks/flights/ridge.ts)`,
    },
  },
  {
    edit: "module that the helper imports",
    apply: (b) => b.replace("notebooks/flights/matrix.ts", "slope: 1", "slope: 2"),
    expected: { imports: "stale", fit: "stale", check: "stale" },
    reasons: {
      fit: `module "notebooks/flights/matrix.ts" changed ` +
        "(fit → notebooks/flights/ridge.ts → notebooks/flights/matrix.ts)",
    },
  },
  {
    edit: "helper gone",
    apply: (b) => Deno.removeSync(b.path("notebooks/flights/matrix.ts")),
    expected: { imports: "stale", fit: "stale", check: "stale" },
    reasons: { imports: `module "notebooks/flights/matrix.ts" is gone` },
  },
  {
    edit: "white space in the helper",
    apply: (b) => b.replace("notebooks/flights/ridge.ts", "  return", "\n      return"),
    expected: {},
  },
  {
    edit: "comment in the helper",
    apply: (b) => b.replace("notebooks/flights/ridge.ts", "// Ridge regression", "/** Ridge */"),
    expected: {},
  },
  {
    // The kernel still has the module that the cell of the imports loaded.
    edit: "helper edited, only the cell that calls it run again",
    apply: async (b) => {
      b.replace("notebooks/flights/ridge.ts", "solve(rows)", "solve(rows, 1)");
      await b.run(["fit"]);
    },
    expected: { imports: "stale", fit: "stale", chart: "out of order", check: "stale", alone: "out of order" },
    reasons: { fit: `module "notebooks/flights/ridge.ts" changed` },
  },
  {
    edit: "package bumped, only the cell that calls it run again",
    apply: async (b) => {
      b.replace("deno.lock", /"npm:zod@4.6.7":"4.6.7"/, `"npm:zod@4.6.7":"4.6.8"`);
      b.replace("deno.lock", /"zod@4.6.7":\{/, `"zod@4.6.8":{`);
      await b.run(["check"]);
    },
    expected: { imports: "stale", check: "stale", alone: "out of order" },
  },
  {
    edit: "module that the import map names",
    apply: async (b) => {
      b.replace("notebooks/flights/matrix.ts", /^/, `import "shared/scale.ts";\n`);
      await b.run(CODE);
      b.replace("lib/scale.ts", "= 1", "= 2");
    },
    expected: { imports: "stale", fit: "stale", check: "stale" },
    reasons: { fit: `module "lib/scale.ts" changed` },
  },
  {
    edit: "helper imports another module",
    apply: (b) => {
      Deno.writeTextFileSync(b.path("notebooks/flights/more.ts"), "export {};");
      b.replace("notebooks/flights/matrix.ts", /^/, `import "./more.ts";\n`);
    },
    expected: { imports: "stale", fit: "stale", check: "stale" },
  },
  {
    edit: "module that no cell reaches",
    apply: (b) => Deno.writeTextFileSync(b.path("notebooks/flights/other.ts"), "export const other = 1;"),
    expected: {},
  },
  {
    edit: "deno.lock: a package that a cell reaches",
    apply: (b) => {
      b.replace("deno.lock", /"npm:zod@4.6.7":"4.6.7"/, `"npm:zod@4.6.7":"4.6.8"`);
      b.replace("deno.lock", /"zod@4.6.7":\{"integrity":"sha512-zod"/, `"zod@4.6.8":{"integrity":"sha512-new"`);
    },
    expected: { imports: "stale", check: "stale" },
    reasons: { check: `package "zod" is 4.6.8, and was 4.6.7 (check → zod)` },
  },
  {
    edit: "deno.lock: other bytes under the same version",
    apply: (b) => b.replace("deno.lock", "sha512-zod", "sha512-forged"),
    expected: { imports: "stale", check: "stale" },
    reasons: { check: `package "zod@4.6.7" has other contents (check → zod)` },
  },
  {
    edit: "deno.lock: a dependency of a package that a helper reaches",
    apply: (b) => b.replace("deno.lock", "sha512-acorn", "sha512-new"),
    expected: { imports: "stale", fit: "stale", check: "stale" },
    reasons: { fit: `package "acorn@8.19.0" has other contents` },
  },
  {
    edit: "deno.lock: a package not reached",
    apply: (b) => b.replace("deno.lock", "sha512-yaml", "sha512-new"),
    expected: {},
  },
  {
    edit: "deno.lock gone",
    apply: (b) => Deno.removeSync(b.path("deno.lock")),
    expected: { imports: "stale", fit: "stale", check: "stale" },
    reasons: { check: `package "zod" is not in deno.lock (check → zod)` },
  },
  {
    edit: "Boathouse's version",
    apply: (b) => b.replace("deno.json", `"0.1.0"`, `"0.2.0"`),
    expected: { ...STALE_FROM_LOAD, imports: "stale", plot: "stale" },
    reasons: { load: `package "boathouse" is 0.2.0, and was 0.1.0 (load → boathouse)` },
  },
  { edit: "Boathouse's own library", apply: (b) => b.replace("lib/mod.ts", "{}", "{ sql: 1 }"), expected: {} },
  {
    edit: "parameter changed",
    apply: (b) => b.replace(NOTEBOOK, /"until": "2001-05-01"/, `"until": "2001-06-01"`),
    expected: { ...STALE_FROM_LOAD, imports: "dirty" },
    reasons: {
      imports: "the notebook's record (versions, parameters, inputs, seal) was edited after its run",
      load: `parameter "until" is "2001-06-01", and was "2001-05-01"`,
    },
  },
  {
    edit: "parameter that only another cell reads",
    apply: (b) => b.replace(NOTEBOOK, /"limit": 10/, `"limit": 20`),
    expected: { top: "stale", imports: "dirty" },
  },
  {
    edit: "parameter that no cell reads",
    apply: (b) => b.replace(NOTEBOOK, /"limit": 10/, `"limit": 10, "other": 1`),
    expected: { imports: "dirty" },
  },
  {
    edit: "seal taken out",
    apply: (b) => b.replace(NOTEBOOK, /,\s*"seal": "[0-9a-f]+"/, ""),
    expected: { imports: "dirty" },
  },
  {
    edit: "some cells run with another parameter",
    apply: (b) => b.run(["load", "top"], { until: "2001-05-01", limit: 99 }),
    expected: { fit: "out of order", chart: "out of order", check: "out of order", alone: "out of order" },
  },
  {
    edit: "default of a parameter",
    apply: (b) => b.source("params", `2001-05-01`, `2001-04-01`),
    expected: { ...STALE_FROM_LOAD, params: "dirty" },
  },
  {
    edit: "no lake to be reached",
    apply: (b) =>
      Deno.writeTextFileSync(b.path("boathouse.yaml"), `lake: "s3://away/lake?endpoint=http://127.0.0.1:1"\n`),
    expected: {},
  },
  {
    // A raw table is known by its end offsets: files merged or rewritten in the lake change nothing here.
    edit: "table compacted",
    apply: (b) => {
      Deno.mkdirSync(b.path("lake/tables/flights/_delta_log"), { recursive: true });
      Deno.writeTextFileSync(b.path("lake/tables/flights/_delta_log/00000000000000000009.json"), "{}");
    },
    expected: {},
  },
  {
    edit: "Deno's version on record",
    apply: (b) => b.replace(NOTEBOOK, /"deno": "[^"]+"/, `"deno": "9.9.9"`),
    expected: { imports: "dirty" },
  },
  {
    edit: "run by another Deno",
    apply: (b) => b.record((record) => ({ ...record, deno: "9.9.9" })),
    expected: {},
  },
  {
    edit: "the whole workbench moved",
    apply: (b) => {
      const to = `${b.root}-moved`;
      Deno.renameSync(b.root, to);
      Object.assign(b, { root: to });
    },
    expected: {},
  },
];

test.each(TABLE)("verifyNotebook() after edit: $edit", expectVerdicts);
