import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadProduct } from "../../lib/config/mod.ts";
import { openWorkbench, registerProduct } from "../../lib/workbench/mod.ts";
import { publishFlights } from "../../server/demo/mod.ts";

const PRODUCT = fileURLToPath(new URL("../../notebooks/flights/product.yaml", import.meta.url));
const EVERY = 250; // at which no two airports of the tables are equally late

/** A lake that the demo's notebooks can read. */
export interface DemoLake extends AsyncDisposable {
  /** Variables by which every program of Boathouse finds it. */
  env: Record<string, string>;
  /** Rows of its table `flights`. */
  flights: number;
}

/**
 * Makes a lake with one of 250 flights of the demo, in a temporary folder.
 *
 * @returns the lake; disposing removes it
 */
export async function makeDemoLake(): Promise<DemoLake> {
  const root = await Deno.makeTempDir({ prefix: "boathouse-demo-" });
  await Deno.writeTextFile(join(root, "boathouse.yaml"), "bus: sqlite:bus\nlake: file:lake\n");
  await using workbench = openWorkbench(root);
  await registerProduct(workbench, loadProduct(PRODUCT), { by: "test", why: "the notebooks read it" });
  const { total } = await publishFlights(await workbench.bus(), EVERY);
  await (await workbench.ingest()).flush(["flights"]);
  return {
    env: { BOATHOUSE_BUS: `sqlite:${root}/bus`, BOATHOUSE_LAKE: `file:${root}/lake` },
    flights: total,
    [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }),
  };
}
