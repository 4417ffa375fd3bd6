import { afterAll, beforeAll, expect, test } from "vitest";
import { openBus } from "../../lib/bus/mod.ts";
import { type Control, openControl } from "../../lib/control/mod.ts";
import { openStore, type Store } from "../../lib/store/mod.ts";
import { Problem } from "../http/mod.ts";
import { type Access, checkProduct, openAccess } from "./access.ts";
import { createToken, listTokens, revokeToken } from "./create_token.ts";
import { ALLOWED, type Need, type Role, ROLES } from "./role.ts";

const KEY = "k".repeat(32), REASON = { by: "ops", why: "test" };

let dir: string, control: Control, store: Store;
const stack = new AsyncDisposableStack();
beforeAll(async () => {
  dir = await Deno.makeTempDir();
  const bus = stack.use(await openBus({ kind: "sqlite", dir: `${dir}/bus` }));
  control = stack.use(await openControl({ bus, key: KEY }));
  store = await openStore({ kind: "directory", dir });
});
afterAll(() => stack.disposeAsync());

const create = (role: Role, part: { product?: string; name?: string; perSecond?: number } = {}) =>
  createToken({ control, store }, { role, product: null, ...part, ...REASON });

async function access(options: { open?: boolean; nowMs?: () => number } = {}): Promise<Access> {
  const { tokens } = await control.state();
  return await openAccess({ open: true, ...options }).take(tokens, store);
}

function refused(work: () => unknown): Problem {
  try {
    work();
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error("it was admitted");
}

test("openAccess() is open on loopback until there is a token, and nowhere else", async () => {
  expect(openAccess({ open: true }).required).toBe(false);
  expect(openAccess({ open: true }).admit(null, "operate")).toBeNull();
  expect(openAccess({ open: false }).required).toBe(true);
  expect(refused(() => openAccess({ open: false }).admit(null, "see")).status).toBe(401);
  await create("viewer", { name: "first" });
  expect((await access()).required).toBe(true);
});

test.each(ROLES)("admit() lets a %s do what the role allows, and names the role that it lacks", async (role) => {
  const { name, token } = await create(role);
  const at = await access();
  for (const [need, roles] of Object.entries(ALLOWED) as [Need, readonly Role[]][]) {
    if (roles.includes(role)) expect(at.admit(`Bearer ${token}`, need)).toEqual({ name, role, product: null });
    else {
      const problem = refused(() => at.admit(`Bearer ${token}`, need));
      expect([problem.status, problem.message]).toEqual([
        403,
        expect.stringContaining(`Token "${name}" must have the role ${roles.join(" or ")} to `),
      ]);
    }
  }
});

test("admit() answers 401 with what to send, and says no more than that", async () => {
  const { token } = await create("operator", { name: "boss" });
  const at = await access();
  const wrong = [
    "",
    token,
    `Basic ${btoa(`boss:${token}`)}`,
    "Bearer",
    `Bearer ${token}x`,
    `Bearer ${token.slice(0, -1)}`,
    `Bearer ${token.slice(0, -1)}${token.endsWith("A") ? "B" : "A"}`,
    `Bearer ${token.replace("boss", "first")}`,
    `Bearer ${token.replace("boss", "nobody")}`,
    `Bearer ${token.replace("boss", "constructor")}`,
    `Bearer ${token}, Bearer ${token}`,
    `Bearer ${"x".repeat(100_000)}`,
  ];
  for (const header of wrong) {
    const { status, message, options } = refused(() => at.admit(header, "see"));
    expect([status, message, options.headers]).toEqual([
      401,
      'The token does not count: send "Authorization: Bearer TOKEN" with one of boathouse token create',
      { "www-authenticate": 'Bearer realm="boathouse", error="invalid_token"' },
    ]);
  }
  expect(refused(() => at.admit(null, "see")).options.headers).toEqual({
    "www-authenticate": 'Bearer realm="boathouse"',
  });
  expect(at.admit(`bearer  ${token} `, "operate")).toMatchObject({ name: "boss" });
});

test("admit() answers 429 with when to come back, and tokens that stay keep their rates", async () => {
  let now = 0;
  const { token } = await create("service", { name: "slow", perSecond: 2 });
  const at = await access({ nowMs: () => now });
  const header = `Bearer ${token}`;
  for (let i = 0; i < 2; i++) at.admit(header, "call");
  const problem = refused(() => at.admit(header, "call"));
  expect([problem.status, problem.options.retryAfterS]).toEqual([429, 1]);
  await create("viewer");
  const later = await at.take((await control.state()).tokens, store);
  expect(refused(() => later.admit(header, "call")).status).toBe(429);
  now = 500;
  expect(later.admit(header, "call")).toMatchObject({ name: "slow" });
});

test("a revoked token, and one whose spec is lost, do not count", async () => {
  const { token } = await create("viewer", { name: "gone" });
  const { token: lost } = await create("viewer", { name: "lost" });
  await revokeToken({ control }, "gone", REASON);
  await store.delete(`objects/${(await control.state()).tokens.lost!.spec}`);
  const at = await access();
  for (const each of [token, lost]) expect(refused(() => at.admit(`Bearer ${each}`, "see")).status).toBe(401);
  expect([...at.broken.keys()]).toEqual(["lost"]);
  await revokeToken({ control }, "lost", REASON);
  await expect(revokeToken({ control }, "gone", REASON)).rejects.toThrow(
    'Cannot revoke token "gone" as there is none of that name: boathouse token list',
  );
});

test("checkProduct() keeps a token of one product from others", async () => {
  const { token } = await create("service", { product: "flights" });
  const identity = (await access()).admit(`Bearer ${token}`, "call");
  checkProduct(identity, "endpoint", "flights");
  checkProduct(null, "endpoint", "trains");
  for (const product of ["trains", undefined]) {
    expect(refused(() => checkProduct(identity, 'endpoint "e"', product)).message).toMatch(
      /^Token "service-[\da-f]{6}" is for product "flights": endpoint "e" is of (product "trains"|no product known here)$/,
    );
  }
});

test("createToken() keeps nothing that is secret", async () => {
  const { name, token } = await create("author", { name: "kept" });
  const secret = token.split(".")[1]!;
  expect(secret).toMatch(/^[\w-]{43}$/);
  const { stdout } = await new Deno.Command("grep", { args: ["-rlaF", secret, dir], stdout: "piped" }).output();
  expect(new TextDecoder().decode(stdout)).toBe("");
  const listed = await listTokens({ control, store });
  expect(listed.find((each) => each.name === name)).toEqual({
    name,
    role: "author",
    product: null,
    perSecond: 1000,
    by: "ops",
    at: expect.stringMatching(/^20.*Z$/),
  });
  expect(JSON.stringify(listed)).not.toContain(secret);
});

test("createToken() gives a name once, however many ask at a time, and refuses what is none", async () => {
  const both = await Promise.allSettled([create("viewer", { name: "twin" }), create("operator", { name: "twin" })]);
  expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  const { reason } = both.find((each) => each.status === "rejected")!;
  expect(reason.message).toBe(
    'Cannot create token "twin" as there is a token "twin" already: name it otherwise, or revoke that one',
  );
  for (const name of ["", "A", "a.b", "../x", "a b", "-a", "x".repeat(64)]) {
    await expect(create("viewer", { name })).rejects.toThrow("as its name must be lower-case letters");
  }
  for (const perSecond of [0, -1, NaN, Infinity]) {
    await expect(create("viewer", { perSecond })).rejects.toThrow("as its rate must be a number above 0");
  }
});
