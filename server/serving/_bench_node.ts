/** Child of serving_bench.ts: one serving node, or the bare echo that it is compared with. */
import { loadSettings } from "../../lib/config/mod.ts";
import { KEY } from "./_test_workbench.ts";
import { startServing } from "./mod.ts";

const [root] = Deno.args;
const onReady = (url: string) => console.log(url);
if (root === undefined) {
  Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: ({ port }) => onReady(`http://127.0.0.1:${port}`) },
    async (request) => Response.json(await request.json()),
  );
} else {
  const stop = new AbortController();
  Deno.addSignalListener("SIGTERM", () => stop.abort());
  await startServing({ settings: loadSettings(root, {}), key: KEY, signal: stop.signal, onReady });
}
