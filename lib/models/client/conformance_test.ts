import { openStore } from "../../store/mod.ts";
import { registryHandler } from "../registry/registry_handler.ts";
import { registryConformance } from "./conformance.ts";
import { registryClient } from "./registry_client.ts";

const dir = Deno.makeTempDirSync();
const store = await openStore({ kind: "directory", dir });

registryConformance(() => {
  const handler = registryHandler({ store, dir: `${dir}/registry` });
  return Promise.resolve({
    client: registryClient(handler),
    [Symbol.asyncDispose]: () => handler[Symbol.asyncDispose](),
  });
});
