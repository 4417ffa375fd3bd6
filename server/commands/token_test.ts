import { expect, test } from "vitest";
import { openWorkbench } from "../../lib/workbench/mod.ts";
import { callVerb } from "./_test_call.ts";
import { tokenCreate, tokenList, tokenRevoke } from "./token.ts";

function newWorkbench(): string {
  const dir = Deno.makeTempDirSync();
  Deno.writeTextFileSync(`${dir}/boathouse.yaml`, "");
  Deno.mkdirSync(`${dir}/notebooks/flights`, { recursive: true });
  Deno.writeTextFileSync(
    `${dir}/notebooks/flights/product.yaml`,
    "product: flights\nowner: o\nbusinessCase: b\ntasks: [T-1]\nrepositories: [.]\n",
  );
  return dir;
}

test("token create, list and revoke", async () => {
  const dir = newWorkbench();
  expect((await callVerb(tokenList, dir)).text).toMatch(/^no tokens: /);
  const options = { role: "service", product: "flights", name: "shop", rate: "50", why: "the shop asks" };
  const { json, text } = await callVerb(tokenCreate, dir, [], options);
  const { token } = json as { token: string };
  expect(json).toEqual({
    name: "shop",
    role: "service",
    product: "flights",
    token: expect.stringMatching(/^bh_shop\./),
  });
  expect(text).toBe(`${token}\nshop is a token for a service of product flights; it is shown this once`);
  const listed = await callVerb(tokenList, dir);
  expect(listed.json).toMatchObject([{
    name: "shop",
    role: "service",
    product: "flights",
    perSecond: 50,
    by: "command line",
  }]);
  expect(listed.text + JSON.stringify(listed.json)).not.toContain(token.split(".")[1]);
  const revoked = await callVerb(tokenRevoke, dir, ["shop"], { why: "it leaked" });
  expect([revoked.text, revoked.json]).toEqual(["shop no longer counts", expect.objectContaining({ missing: [] })]);
  expect((await callVerb(tokenList, dir)).json).toEqual([]);
  await using workbench = openWorkbench(dir);
  const whys: unknown[] = [];
  for await (const batch of (await workbench.bus()).read("control", 0, 0)) {
    whys.push(...batch.records().map(({ value }) => (value as { data: { why: string } }).data.why));
  }
  expect(whys).toEqual(["the shop asks", "it leaked"]);
});

test("token create refuses an unknown product, and revoke an unknown token", async () => {
  const dir = newWorkbench();
  await expect(callVerb(tokenCreate, dir, [], { role: "viewer", product: "trains" })).rejects.toThrow(
    'Cannot create a token as product "trains" is not in notebooks/: found flights',
  );
  await expect(callVerb(tokenRevoke, dir, ["nope"])).rejects.toThrow('Cannot revoke token "nope"');
});
