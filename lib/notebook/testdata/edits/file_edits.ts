import { editFile, editJson, editNotebook, type Expected, type Raw, type RealEdit } from "./edit.ts";
import { dependents, type ImportedName, type MadeWorkbench } from "./workbench.ts";

const MADE = "notebooks/made/";

/** Edits of what cells reach: modules, packages, import map, version of Boathouse, parameters. */
export const FILE_EDITS: readonly RealEdit[] = [
  inModule("module, one import away", `${MADE}deep.ts`, "+ 1", "+ 2"),
  inModule("module, two imports away", `${MADE}middle.ts`, ".length", ".at(0)!"),
  inModule("module, three imports away", `${MADE}base.ts`, "0.5", "0.25"),
  inModule("text in a module", `${MADE}base.ts`, "'x'", "'y'"),
  inModule("module that another gives on", `${MADE}inner.ts`, "x > 2", "x > 3"),
  inModule("module that another gives on whole", `${MADE}more.ts`, "two", "three"),
  inModule("white space in a template", `${MADE}more.ts`, "\ntwo", "\n two"),
  inModule("what a module gives on", `${MADE}door.ts`, "{ inner }", "{ other as inner }"),
  inModule("JSON that a cell imports", `${MADE}table.json`, "2,", "4,"),
  inModule("module by the import map", "lib/shared/scale.ts", "* 3", "* 4"),
  {
    kind: "module gone",
    apply: (made) => {
      made.files.delete(`${MADE}base.ts`);
      return reaching(made, `module "${MADE}base.ts" is gone`, ({ modules }) => modules.includes(`${MADE}base.ts`));
    },
  },
  {
    kind: "module imports another",
    apply: (made) => {
      editFile(made, `${MADE}inner.ts`, /^/, `import "./unreached.ts";\n`);
      return reaching(made, `module "${MADE}inner.ts" changed`, ({ modules }) => modules.includes(`${MADE}inner.ts`));
    },
  },
  inLock("version of a package", "zod", `package "zod" is 4.6.9, and was 4.6.7`, (lock) => {
    lock.specifiers["npm:zod@4.6.7"] = "4.6.9";
    lock.npm["zod@4.6.9"] = { integrity: "sha512-zod" };
  }),
  inLock("integrity of a package", "zod", `package "zod@4.6.7" has other contents`, (lock) => {
    lock.npm["zod@4.6.7"].integrity = "sha512-forged";
  }),
  inLock("version of a package's package", "acorn", `package "acorn" is 9.0.0, and was 8.19.0`, (lock) => {
    delete lock.npm["acorn@8.19.0"];
    lock.npm["acorn@9.0.0"] = { integrity: "sha512-acorn" };
  }),
  inLock("integrity of a package's package", "acorn", `package "acorn@8.19.0" has other contents`, (lock) => {
    lock.npm["acorn@8.19.0"].integrity = "sha512-forged";
  }),
  inLock("package of a module", "simple", `package "simple@1.0.0" has other contents`, (lock) => {
    lock.npm["simple@1.0.0"].integrity = "sha512-forged";
  }),
  inLock("a package needs another", "arquero", `package "yaml" is now reached`, (lock) => {
    lock.npm["arquero@8.0.3"].dependencies.push("yaml");
  }),
  inLock("a package needs one less", "arquero", `package "acorn" is no longer reached`, (lock) => {
    lock.npm["arquero@8.0.3"].dependencies = [];
  }),
  inLock("package not locked", "zod", `package "zod" is not in deno.lock`, (lock) => {
    delete lock.npm["zod@4.6.7"];
  }),
  inMap("import map: another version", "z", `package "zod" is 4.6.8, and was 4.6.7`, { zod: "npm:zod@4.6.8" }),
  inMap("import map: another package", "z", `the import map sends "zod" to yaml@2.9.1`, { zod: "npm:yaml@2.9.1" }),
  inMap("import map: a part of the package", "z", `the import map sends "zod" to zod@4.6.7/v3`, {
    zod: "npm:zod@4.6.7/v3",
  }),
  inMap("import map: another part", "mini", `"schemas" to zod@4.6.7/v3, and sent it to zod@4.6.7/mini`, {
    schemas: "npm:zod@4.6.7/v3",
  }),
  inMap("import map: a file in place of a package", "z", `the import map sends "zod" to lib/shared/other.ts`, {
    zod: "./lib/shared/other.ts",
  }),
  inMap("import map: another file", "scale", `the import map sends "shared/scale.ts" to lib/shared/other.ts`, {
    "shared/scale.ts": "./lib/shared/other.ts",
  }),
  {
    kind: "import map: two names swapped",
    apply: (made) => {
      editJson(made, "deno.json", ({ imports }) => {
        [imports.arquero, imports.zod] = [imports.zod, imports.arquero];
      });
      return { says: `the import map sends "` };
    },
  },
  {
    kind: "version of Boathouse",
    apply: (made) => {
      editJson(made, "deno.json", (config) => (config.version = "0.2.0"));
      return reaching(made, `package "boathouse" is 0.2.0, and was 0.1.0`, ({ name }) => name === "lake");
    },
  },
  inParameters("value of a parameter", "limit", `parameter "limit" is 11, and was 10`, (values) => (values.limit = 11)),
  inParameters("type of a parameter", "limit", `parameter "limit" is "10", and was 10`, (values) => (values.limit = "10")),
  inParameters("parameter removed", "origin", `parameter "origin" is not set, and was "ORD"`, (values) => {
    delete values.origin;
  }),
  inParameters("parameter added", "unset", `parameter "unset" is 2, and was not set`, (values) => (values.unset = 2)),
];

function inModule(kind: string, path: string, from: string, to: string): RealEdit {
  return {
    kind,
    apply: (made) => {
      if (!editFile(made, path, from, to)) throw new Error(`Cannot edit ${path} as it must hold ${from}`);
      return reaching(made, `module "${path}" changed`, ({ modules }) => modules.includes(path));
    },
  };
}

function inLock(kind: string, name: string, says: string, edit: (lock: Raw) => void): RealEdit {
  return {
    kind,
    apply: (made) => {
      editJson(made, "deno.lock", edit);
      return reaching(made, says, ({ packages }) => packages.includes(name));
    },
  };
}

function inMap(kind: string, name: string, says: string, entries: Record<string, string>): RealEdit {
  return {
    kind,
    apply: (made) => {
      editJson(made, "deno.json", ({ imports }) => Object.assign(imports, entries));
      return reaching(made, says, (imported) => imported.name === name);
    },
  };
}

function inParameters(kind: string, name: string, says: string, edit: (values: Raw) => void): RealEdit {
  return {
    kind,
    apply: (made) => {
      editNotebook(made, (raw) => edit(raw.metadata.boathouse.parameters));
      return { says, exact: dependents(made, ({ uses, id }) => uses.includes(name) || id === made.cells[0]!.id) };
    },
  };
}

/** The cells that import such a name, those that use it, and all that use their values. */
function reaching(made: MadeWorkbench, says: string, isMeant: (imported: ImportedName) => boolean): Expected {
  const names = made.imports.filter(isMeant).map(({ name }) => name);
  const exact = dependents(made, ({ kind, uses, defines }) => {
    return names.some((name) => uses.includes(name) || (kind === "imports" && defines.includes(name)));
  });
  return { says, exact };
}
