import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const { denoDir: DENO_DIR } = JSON.parse(
  new TextDecoder().decode(new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).outputSync().stdout),
);

/** Runs `boathouse lab` where programs print what a script says. */
async function lab(args: string[], { programs = {} as Record<string, string>, env = {} } = {}) {
  const home = await Deno.makeTempDir({ prefix: "boathouse-lab-" });
  try {
    for (const [name, script] of Object.entries(programs)) {
      await Deno.writeTextFile(join(home, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    }
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--config", join(ROOT, "deno.json"), join(ROOT, "boathouse.ts"), "lab", ...args],
      env: { HOME: home, PATH: home, DENO_DIR, ...env },
      clearEnv: true,
      cwd: home,
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, out: text(stdout), said: text(stderr).trimEnd() };
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

const WAY_OUT =
  'install Python (Debian: apt-get install python3-venv; macOS: brew install python), or use a Jupyter of your own: "boathouse kernel install"';

test.each([
  ["without Python", {}, "none is installed"],
  ["with an old Python", { python3: "echo 3 8", python: "echo 2 7" }, "python3 is 3.8, python is 2.7"],
  [
    "with a Python of Debian alone",
    { python3: `echo "ModuleNotFoundError: No module named 'ensurepip'" >&2; exit 1` },
    "python3 is without a module: ModuleNotFoundError: No module named 'ensurepip'",
  ],
])("lab says what to install %s", async (_name, programs, found) => {
  // One line alone: nothing is announced that does not begin.
  expect(await lab(["--no-browser"], { programs })).toEqual({
    code: 1,
    out: "",
    said: `boathouse: Cannot start JupyterLab as it needs Python 3.10 or later with venv: ${found}; ${WAY_OUT}`,
  });
});

test("lab refuses a port that is taken, and what is no port", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr as Deno.NetAddr;
  expect((await lab(["--port", `${port}`])).said).toBe(
    `boathouse: Cannot start JupyterLab as its port must be free: ${port} is taken; choose another by --port`,
  );
  for (const wrong of ["65536", "0", "-1", "x"]) {
    expect(await lab([`--port=${wrong}`])).toMatchObject({ code: 2, out: "" });
  }
});

test("lab refuses a folder that is none, and a machine without a home", async () => {
  expect((await lab(["nowhere"])).said).toMatch(
    /Cannot open JupyterLab at ".*\/nowhere" as it must be a folder: it is not$/,
  );
  expect((await lab([], { env: { HOME: "" } })).said).toBe(
    "boathouse: Cannot start JupyterLab as HOME is not set: set it to your home folder",
  );
});
