import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");
const { denoDir: DENO_DIR } = JSON.parse(
  new TextDecoder().decode(new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).outputSync().stdout),
);

/** A home with a Deno in the cache of npx. */
async function makeHome() {
  const home = await Deno.makeTempDir({ prefix: "boathouse kernel's " });
  const cached = join(home, "_npx/1/deno"), own = join(home, ".boathouse/bin/deno");
  for (const path of [cached, own]) await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.copyFile(Deno.execPath(), cached);
  await Deno.chmod(cached, 0o755);
  const boathouse = async (...args: string[]) => {
    const { code, stdout, stderr } = await new Deno.Command(cached, {
      args: ["run", "-A", "--config", join(ROOT, "deno.json"), join(ROOT, "boathouse.ts"), "kernel", ...args],
      env: { HOME: home, PATH: "/usr/bin:/bin", DENO_DIR, XDG_DATA_HOME: join(home, "share") },
      clearEnv: true,
      cwd: home, // no workbench is needed
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, out: text(stdout), said: text(stderr) };
  };
  return { home, cached, own, boathouse, [Symbol.asyncDispose]: () => Deno.remove(home, { recursive: true }) };
}

test("kernel install and uninstall say where, and what they did", async () => {
  await using made = await makeHome();
  const folder = join(made.home, "share/jupyter/kernels/narrow");
  const install = ["install", "--name", "narrow", "--permissions", " --allow-read=.  --allow-ffi"];
  expect(JSON.parse((await made.boathouse(...install, "--json")).out)).toEqual({
    kernel: "narrow",
    folder,
    deno: made.cached,
    permissions: ["--allow-read=.", "--allow-ffi"],
    state: "installed",
    warning: `Deno lies in a cache that npx cleans at will ("${made.cached}"): run "deno task setup", then this again`,
  });
  expect(await made.boathouse(...install)).toMatchObject({
    code: 0,
    out: `kernel "narrow" was already in ${folder}\nit is started by ${made.cached}\n`,
  });
  expect((await made.boathouse("uninstall", "--name", "narrow")).out).toBe(`kernel "narrow" is gone from ${folder}\n`);
  expect(await made.boathouse("uninstall", "--name", "narrow")).toMatchObject({
    code: 0,
    out: `no kernel "narrow" is in ${folder}\n`,
  });
});

test("kernel install prefers the Deno of setup where it is of this version", async () => {
  await using made = await makeHome();
  await Deno.writeTextFile(made.own, '#!/bin/sh\necho "deno 1.0.0 (stable)"\n', { mode: 0o755 });
  expect((await made.boathouse("install")).said).toContain("cleans at will");
  await Deno.copyFile(made.cached, `${made.own}.tmp`);
  await Deno.rename(`${made.own}.tmp`, made.own);
  expect(await made.boathouse("install", "--prefix", "my env")).toEqual({
    code: 0,
    out:
      `kernel "boathouse" is now in ${made.home}/my env/share/jupyter/kernels/boathouse\nit is started by ${made.own}\n`,
    said: "",
  });
});

test.each([
  ["a path as name", ["uninstall", "--name", "../x"], 'Cannot use "../x" as the name of a kernel'],
  ["two places", ["install", "--user", "--prefix", "x"], "--user and --prefix do not go together"],
  [
    "memory that is no number of MB",
    ["install", "--memory", "2GB"],
    'a whole number of MB from 64 to 1,048,576: got "2GB"',
  ],
  ["a flag that is no permission", ["install", "--permissions", "--inspect"], 'got "--inspect"'],
])("kernel refuses %s", async (_name, args, said) => {
  await using made = await makeHome();
  const refused = await made.boathouse(...args);
  expect(refused).toMatchObject({ code: 2, out: "" });
  expect(refused.said).toContain(said);
  expect([...Deno.readDirSync(made.home)].map(({ name }) => name).sort()).toEqual([".boathouse", "_npx"]);
});
