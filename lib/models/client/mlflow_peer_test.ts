import { expect, test } from "vitest";
import { useMlflow } from "../../../_tools/peers/use_mlflow.ts";
import { record, type Recorded } from "../registry/_test_answers.ts";
import { registryConformance } from "./conformance.ts";
import { registryClient } from "./registry_client.ts";
import { remoteFetch } from "./remote_fetch.ts";

const mlflow = useMlflow();
const client = () => registryClient(remoteFetch(mlflow().url, null), mlflow().url);

// First, as the recorded ids are those of an empty server.
test("what was recorded of MLflow is what it answers", async () => {
  const file = new URL("../registry/testdata/mlflow_3_17_search.json", import.meta.url);
  const recorded = JSON.parse(Deno.readTextFileSync(file)) as Recorded[];
  const found = await record((path, init) => fetch(mlflow().url + path, init), recorded);
  for (const [i, expected] of recorded.entries()) expect.soft(found[i], expected.call).toEqual(expected);
}, 600_000);

registryConformance(() => Promise.resolve({ client: client(), [Symbol.asyncDispose]: () => Promise.resolve() }));

test("webhooks are made, read, changed and deleted", async () => {
  const made = await client().createWebhook({
    name: "w",
    url: "https://93.184.215.14/hook",
    events: [{ entity: "MODEL_VERSION", action: "CREATED" }],
    secret: "s",
    status: "DISABLED",
  });
  expect(await client().getWebhook(made.webhook_id)).toEqual(made);
  expect((await client().updateWebhook(made.webhook_id, { name: "v" })).name).toBe("v");
  expect((await Array.fromAsync(client().listWebhooks())).map(({ name }) => name)).toEqual(["v"]);
  await client().deleteWebhook(made.webhook_id);
  await expect(client().getWebhook(made.webhook_id)).rejects.toThrow("not found");
});
