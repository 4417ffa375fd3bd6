import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { runProgram } from "../../_tools/peers/install.ts";
import { useJupyter } from "../../_tools/peers/use_jupyter.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
const LIMIT_MS = 120_000;
const RUN = `
import sys
from jupyter_client.manager import run_kernel
with run_kernel(kernel_name=sys.argv[1], cwd=sys.argv[2]) as client:
    for code in sys.argv[3:]:
        shown = []
        client.execute_interactive(code, output_hook=lambda m: shown.append(m["content"]), timeout=60)
        print(*[c["data"]["text/plain"] if "data" in c else c["evalue"] for c in shown if "data" in c or "evalue" in c])
`;

const jupyter = useJupyter();

/** A copy of this installation in a folder with a space and an apostrophe in its name. */
async function copyInstallation(): Promise<string> {
  const copy = join(jupyter().folder, "the boat's house");
  await Deno.mkdir(copy);
  await runProgram("cp", [
    "-R",
    ...["lib", "kernel-ext", "server", "boathouse.ts", "boathouse.yaml", "deno.json", "deno.lock"].map((name) =>
      join(ROOT, name)
    ),
    copy,
  ]);
  await Deno.symlink(join(ROOT, "node_modules"), join(copy, "node_modules"));
  return copy;
}

test(
  "the kernel starts from a path with spaces, and where a notebook is no part of a workbench",
  async ({ signal }) => {
    const copy = await copyInstallation();
    const command = [
      "run",
      "-A",
      "--config",
      join(copy, "deno.json"),
      join(copy, "boathouse.ts"),
      "kernel",
      "install",
      "--name",
      "spaced",
    ];
    await runProgram(Deno.execPath(), command, "", { env: jupyter().env });
    const cells = [
      'import { table } from "boathouse";\ntable([{ a: 1 }]).constructor.name',
      'import * as Plot from "boathouse/plot"; typeof Plot.plot',
      "Deno.cwd()",
    ];
    const outside = await Deno.realPath(await Deno.makeTempDir({ dir: jupyter().folder, prefix: "a b " }));
    const shown = await jupyter().run(RUN, ["spaced", outside, ...cells], signal);
    expect(shown.split("\n").slice(1, 3)).toEqual(['"function"', JSON.stringify(outside)]);
    await Deno.mkdir(join(copy, "my notebooks"));
    await Deno.writeTextFile(join(copy, "my notebooks", "late.ts"), "export const late = 3;");
    const local = 'import { late } from "./late.ts";\nlate';
    expect(await jupyter().run(RUN, ["spaced", join(copy, "my notebooks"), local], signal)).toBe("3\n");
  },
  LIMIT_MS,
);

test("the permissions of a kernelspec bind its cells", async ({ signal }) => {
  const flags = `--allow-read=${jupyter().folder}`;
  const command = ["run", "-A", "--config", join(ROOT, "deno.json"), join(ROOT, "boathouse.ts"), "kernel", "install"];
  await runProgram(Deno.execPath(), [...command, "--name", "narrow", "--permissions", flags], "", {
    env: jupyter().env,
  });
  const file = join(jupyter().folder, "there.txt");
  await Deno.writeTextFile(file, "read");
  const cells = [
    `Deno.readTextFileSync(${JSON.stringify(file)})`,
    'Deno.readTextFileSync("/etc/hostname")',
    `Deno.writeTextFileSync(${JSON.stringify(file)}, "")`,
    'await fetch("http://127.0.0.1:8400")',
    'Deno.env.get("HOME")',
    "new Deno.Command('ls').outputSync()",
  ];
  const shown = (await jupyter().run(RUN, ["narrow", jupyter().folder, ...cells], signal)).trimEnd().split("\n");
  expect(shown[0]).toBe('"read"');
  for (const [at, needed] of ["read", "write", "net", "env", "run"].entries()) {
    expect(shown[at + 1]).toMatch(new RegExp(`^Requires ${needed} access`));
  }
}, LIMIT_MS);
