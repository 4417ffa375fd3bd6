import { expect, test } from "vitest";
import { tempRepository } from "../../_tools/temp_repository.ts";
import { PROMOTED, promoteLate, reviewedBench } from "./_test_reviewed.ts";

test("boathouse review reads promoted versions from the control topic, and makes neither bus nor topic", async () => {
  await using repo = await tempRepository();
  const bench = await reviewedBench(repo, "bus: sqlite:bus");
  const before = await bench.run(["review", "HEAD~1..HEAD"]);
  expect([before.code, before.lines]).toEqual([0, []]);
  expect(before.out).toMatch(/^ {2}late changed: its code in cell "serve"$/m);
  expect([...Deno.readDirSync(bench.dir)].map(({ name }) => name)).not.toContain("bus");
  await promoteLate(bench.dir);
  expect(await bench.json("review", "HEAD~1..HEAD")).toMatchObject({
    functions: [{ name: "late", promoted: PROMOTED }],
  });
});

test("boathouse review of a workbench whose Kafka does not answer says that promoted versions are unknown", async () => {
  await using repo = await tempRepository();
  const bench = await reviewedBench(repo, "bus: kafka://127.0.0.1:1");
  const { code, out, lines } = await bench.run(["review", "HEAD~1..HEAD"]);
  expect(code).toBe(0);
  expect(out).toMatch(/^ {2}late changed: .*; which version is promoted is unknown$/m);
  expect(lines).toEqual([expect.stringMatching(/^which versions are promoted is unknown: .*127\.0\.0\.1:1/)]);
  expect(await bench.json("review", "HEAD~1..HEAD")).toMatchObject({ functions: [{ name: "late", promoted: null }] });
  const same = await bench.run(["review", "HEAD..HEAD"]);
  expect([same.code, same.lines]).toEqual([0, []]);
});
