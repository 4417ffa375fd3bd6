import { expect, test } from "vitest";
import { testBench } from "./_test_bench.ts";

/** A file system of its own, small and in memory, for as long as a test runs. */
async function mountSmall(): Promise<AsyncDisposable & { dir: string; fill(megabytes: number): Promise<void> }> {
  const dir = await Deno.makeTempDir({ prefix: "boathouse-small-" });
  const run = async (program: string, args: string[]) => {
    const { success, stderr } = await new Deno.Command(program, { args }).output();
    if (!success) throw new Error(`Cannot ${program} as this user may not: ${new TextDecoder().decode(stderr).trim()}`);
  };
  await run("mount", ["-t", "tmpfs", "-o", "size=400m", "tmpfs", dir]);
  return {
    dir,
    fill: (megabytes) => run("fallocate", ["-l", `${megabytes}m`, `${dir}/fill`]),
    async [Symbol.asyncDispose]() {
      await run("umount", [dir]);
      await Deno.remove(dir);
    },
  };
}

test("on a full disk publishing is refused before the reserve is used, reading and ingest go on", async (context) => {
  // Only a superuser may mount, so this is a skip with CI=true too.
  await using disk = await mountSmall().catch((error) => context.skip(error.message));
  await using bench = await testBench({
    env: { BOATHOUSE_BUS: `sqlite:${disk.dir}/bus`, BOATHOUSE_LAKE: `file:${disk.dir}/lake` },
  });
  expect(await bench.run(["bus", "publish", "rides"], { stdin: '{"n":1}\n{"n":2}\n' })).toMatchObject({ code: 0 });
  await disk.fill(200);
  const refused = await bench.run(["bus", "publish", "rides"], { stdin: '{"n":3}\n' });
  expect(refused).toMatchObject({ code: 1, out: "" });
  expect(refused.lines).toEqual([expect.stringMatching(
    /^boathouse: Cannot append to "rides" as the disk of ".*bus" must keep 268435456 bytes free: \d+ are left; free space on it.*; of standard input at least 0 records are durable on topic "rides"$/,
  )]);
  expect(await bench.json("lake", "sql", "SELECT count(*) AS n FROM rides")).toEqual([{ n: 2 }]);
  expect(await bench.json("lake", "ingest")).toMatchObject([{ topic: "rides", rows: 2 }]);
  const { code, out } = await bench.run(["doctor", "--json"]);
  expect(code).toBe(1);
  expect(JSON.parse(out)).toContainEqual(
    expect.objectContaining({ part: "bus", name: "disk reserve", state: "broken" }),
  );
  await Deno.remove(`${disk.dir}/fill`);
  expect(await bench.run(["bus", "publish", "rides"], { stdin: '{"n":3}\n' })).toMatchObject({ code: 0 });
}, 120_000);
