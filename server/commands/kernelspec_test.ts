import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { checkKernelName, kernelsFolder, kernelspecOf, removeKernelspec, writeKernelspec } from "./kernelspec.ts";
import { UsageError } from "./verb.ts";

const OTHER = '{"argv": ["other"], "display_name": "Other", "language": "x"}';
const PARTS = { name: "boathouse", deno: "/my bin/deno", installation: "/my work", permissions: [] };
const SPEC = kernelspecOf(PARTS);

let folder = "";

beforeEach(async () => {
  folder = join(await Deno.makeTempDir({ prefix: "boathouse kernel's " }), "kernels", "boathouse");
});
afterEach(() => Deno.remove(join(folder, "../.."), { recursive: true }));

const names = () => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
const file = () => join(folder, "kernel.json");

test("kernelspecOf() starts the kernel of an installation, with or without limits for its cells", () => {
  expect(SPEC).toEqual({
    argv: [
      "/my bin/deno",
      "run",
      "-A",
      "--no-check",
      "--quiet",
      "--node-modules-dir=manual",
      "--config",
      "/my work/deno.json",
      "/my work/kernel-ext/kernel/main.ts",
      "{connection_file}",
    ],
    display_name: "Boathouse (TypeScript)",
    language: "typescript",
    interrupt_mode: "message",
    env: { NO_COLOR: "1" },
    metadata: { debugger: false, boathouse: { installation: "/my work" } },
  });
  const permissions = ["--allow-read=.,/data", "--deny-net", "-W=out"];
  const { argv, display_name } = kernelspecOf({ ...PARTS, name: "narrow", permissions });
  expect(argv.slice(-2)).toEqual(["{connection_file}", "--permissions=--allow-read=.,/data --deny-net -W=out"]);
  expect(kernelspecOf({ ...PARTS, permissions, memoryMb: 512 }).argv.slice(-2)).toEqual([
    "--permissions=--allow-read=.,/data --deny-net -W=out",
    "--memory=512",
  ]);
  expect(display_name).toBe("Boathouse (TypeScript), narrow");
});

test("checkKernelName() takes the names that Jupyter finds", () => {
  for (const name of ["boathouse", "a", "0.1_x-y", "a".repeat(64)]) checkKernelName(name);
  for (const name of ["", ".", "..", "../x", "a/b", "Boat", "ü", "-a", "a b", "a\n", "a".repeat(65)]) {
    expect(() => checkKernelName(name)).toThrow(UsageError);
  }
});

test("kernelsFolder() is where Jupyter looks", () => {
  const ofUser = Deno.build.os === "darwin" ? "/h/Library/Jupyter/kernels" : "/h/.local/share/jupyter/kernels";
  expect(kernelsFolder({ HOME: "/h" })).toBe(ofUser);
  expect(kernelsFolder({ HOME: "/h", XDG_DATA_HOME: "" })).toBe(ofUser);
  if (Deno.build.os !== "darwin") expect(kernelsFolder({ HOME: "/h", XDG_DATA_HOME: "/d" })).toBe("/d/jupyter/kernels");
  expect(kernelsFolder({ HOME: "/h", JUPYTER_DATA_DIR: "/j", XDG_DATA_HOME: "/d" })).toBe("/j/kernels");
  expect(kernelsFolder({ HOME: "/h" }, "/my env")).toBe("/my env/share/jupyter/kernels");
  expect(() => kernelsFolder({})).toThrow(
    "Cannot find Jupyter's folder as HOME is not set: set it, or name one by --prefix",
  );
});

test("writeKernelspec() says what it did, and leaves no temporary file", async () => {
  expect(await writeKernelspec(folder, SPEC)).toBe("installed");
  expect(JSON.parse(await Deno.readTextFile(file()))).toEqual(SPEC);
  expect(await writeKernelspec(folder, SPEC)).toBe("unchanged");
  expect(await writeKernelspec(folder, kernelspecOf({ ...PARTS, deno: "/deno" }))).toBe("updated");
  expect(names()).toEqual(["kernel.json", "logo-svg.svg"]);
});

test.each([OTHER, '{"argv": [', "null", '{"metadata": {"boathouse": 1}}'])(
  "writeKernelspec() and removeKernelspec() leave the kernel %s of others alone",
  async (text) => {
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(file(), text);
    const refused = writeKernelspec(folder, SPEC);
    await expect(refused).rejects.toThrow(RangeError);
    await expect(refused).rejects.toThrow(
      `Cannot install the kernel in "${folder}" as Boathouse must have installed what is there: it did not; choose another by --name, or overwrite it by --force`,
    );
    await expect(removeKernelspec(folder)).rejects.toThrow(
      `Cannot uninstall the kernel in "${folder}" as Boathouse must have installed it: it did not`,
    );
    expect(await Deno.readTextFile(file())).toBe(text);
    expect(names()).toEqual(["kernel.json"]);
    expect(await writeKernelspec(folder, SPEC, { force: true })).toBe("updated");
  },
);

test("removeKernelspec() removes what was written, and once more does nothing", async () => {
  await writeKernelspec(folder, SPEC);
  expect(await removeKernelspec(folder)).toEqual({ removed: ["kernel.json", "logo-svg.svg"], kept: [] });
  expect(await removeKernelspec(folder)).toEqual({ removed: [], kept: [] });
  await expect(Deno.stat(folder)).rejects.toThrow(Deno.errors.NotFound);
});

test("removeKernelspec() leaves what others put beside it", async () => {
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(join(folder, "logo-svg.svg"), "<svg>mine</svg>");
  await Deno.writeTextFile(join(folder, "kernel.js"), "mine");
  await writeKernelspec(folder, SPEC);
  expect(await removeKernelspec(folder)).toEqual({ removed: ["kernel.json"], kept: ["kernel.js", "logo-svg.svg"] });
  expect(await Deno.readTextFile(join(folder, "logo-svg.svg"))).toBe("<svg>mine</svg>");
});
