import { expect, test } from "vitest";
import { openInputsNow } from "./inputs_now.ts";

const ROUTES = { table: "t", version: 3, digest: "a" };

test("openInputsNow() does not wait for a server that takes connections and is silent", async () => {
  const root = await Deno.makeTempDir();
  using silent = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const taken: Deno.Conn[] = [];
  const accepting = (async () => {
    for await (const connection of silent) taken.push(connection);
  })();
  const { port } = silent.addr as Deno.NetAddr;
  await Deno.writeTextFile(
    `${root}/boathouse.yaml`,
    `lake: s3://trains/lake?endpoint=http://127.0.0.1:${port}&region=x\n`,
  );
  Deno.env.set("AWS_ACCESS_KEY_ID", "nobody");
  Deno.env.set("AWS_SECRET_ACCESS_KEY", "nothing");
  await using inputs = openInputsNow(root, { limitMs: 4_000 });
  const first = await inputs.now("routes", ROUTES);
  const second = await inputs.now("others", ROUTES);
  expect(first).toMatchObject({
    unknown: expect.stringMatching(
      /^(no answer within 4 seconds|Cannot .* as the endpoint must answer: nothing moved)/,
    ),
  });
  expect(second).toHaveProperty("unknown");
  expect(taken.length).toBeGreaterThan(0);
  expect(await inputs.now("routes", ROUTES)).toBe(first);
  for (const connection of taken) connection.close();
  silent.close();
  await accepting;
}, 60_000);

test("openInputsNow() says why boathouse.yaml gives no lake", async () => {
  const root = await Deno.makeTempDir();
  await Deno.writeTextFile(`${root}/boathouse.yaml`, "lake: ftp://trains\n");
  await using inputs = openInputsNow(root);
  expect(await inputs.now("routes", ROUTES)).toEqual({
    unknown: expect.stringContaining('Cannot use lake "ftp://trains" from boathouse.yaml'),
  });
});
