import { awaitNodes } from "../../lib/endpoints/mod.ts";
import { listProducts } from "../../lib/config/mod.ts";
import { createToken, listTokens, revokeToken, type Role } from "../auth/mod.ts";
import { textTable } from "./text_table.ts";
import type { Call } from "./verb.ts";
import { withWorkbench } from "./with_workbench.ts";

/** The verb `token create`. */
export const tokenCreate = withWorkbench(async (workbench, { options }) => {
  const product = typeof options.product === "string" ? options.product : null;
  const known = listProducts(workbench.settings.root).map(({ name }) => name);
  if (product !== null && !known.includes(product)) {
    throw new RangeError(
      `Cannot create a token as product "${product}" is not in notebooks/: found ${known.join(", ") || "none"}`,
    );
  }
  const role = options.role as Role;
  const parts = { control: await workbench.control(), store: await workbench.store() };
  const { name, token } = await createToken(parts, {
    role,
    product,
    ...(typeof options.name === "string" && { name: options.name }),
    ...(typeof options.rate === "string" && { perSecond: Number(options.rate) }),
    ...reasonOf(options),
  });
  const what = product === null ? role : `${role} of product ${product}`;
  return {
    json: { name, role, product, token },
    text: `${token}\n${name} is a token for a ${what}; it is shown this once`,
  };
});

/** The verb `token list`. */
export const tokenList = withWorkbench(async (workbench) => {
  const tokens = await listTokens({ control: await workbench.control(), store: await workbench.store() });
  const rows = tokens.map(({ product, perSecond, ...token }) => ({ ...token, product: product ?? "all", perSecond }));
  const none = "no tokens: the planes answer on loopback alone, and everyone there";
  return { json: JSON.parse(JSON.stringify(tokens)), text: rows.length > 0 ? textTable(rows) : none };
});

/** The verb `token revoke`. */
export const tokenRevoke = withWorkbench(async (workbench, { args, options }) => {
  const name = args[0]!;
  const offset = await revokeToken({ control: await workbench.control() }, name, reasonOf(options));
  const { confirmed, missing } = await awaitNodes(await workbench.bus(), offset);
  const late = missing.length > 0 ? `; not confirmed yet by ${missing.join(", ")}` : "";
  return { json: { name, offset, confirmed, missing }, text: `${name} no longer counts${late}` };
});

function reasonOf({ why }: Call["options"]): { by: string; why: string } {
  return { by: "command line", why: typeof why === "string" ? why : "asked on the command line" };
}
