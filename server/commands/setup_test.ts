import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");

async function run(program: string, args: string[], env: Record<string, string>) {
  const { code, stdout, stderr } = await new Deno.Command(program, { args, env, clearEnv: true, cwd: ROOT }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

test("the launcher works after the cache that setup ran from is gone", async () => {
  const home = await Deno.makeTempDir({ prefix: "boathouse-setup-" });
  try {
    const cache = join(home, "_npx", "deno");
    await Deno.mkdir(cache, { recursive: true });
    const deno = join(cache, "deno");
    await Deno.copyFile(Deno.execPath(), deno);
    await Deno.chmod(deno, 0o755);
    const env = {
      HOME: home,
      PATH: "/usr/bin:/bin",
      ...Deno.env.get("DENO_DIR") && { DENO_DIR: Deno.env.get("DENO_DIR")! },
    };
    const args = ["run", "-A", "--config", join(ROOT, "deno.json"), join(ROOT, "boathouse.ts"), "setup", "--json"];
    const done = await run(deno, args, env);
    expect(done).toMatchObject({ code: 0 });
    const bin = join(home, ".boathouse", "bin");
    expect(JSON.parse(done.stdout)).toEqual({ deno: join(bin, "deno"), launcher: join(bin, "boathouse") });
    await Deno.remove(join(home, "_npx"), { recursive: true });
    const version = await run(join(bin, "boathouse"), ["--version"], env);
    expect(version).toMatchObject({ code: 0, stdout: "0.1.0\n" });
    expect([...Deno.readDirSync(bin)].map(({ name }) => name).sort()).toEqual(["boathouse", "deno"]);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});
