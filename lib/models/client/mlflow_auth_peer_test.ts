import { expect, test } from "vitest";
import { useMlflow } from "../../../_tools/peers/use_mlflow.ts";
import type { RegistryLogin } from "../../config/mod.ts";
import { registryClient } from "./registry_client.ts";
import { remoteFetch } from "./remote_fetch.ts";

const mlflow = useMlflow({ auth: true });
const client = (login: RegistryLogin | null) => registryClient(remoteFetch(mlflow().url, login), mlflow().url);

test("a server that asks who calls is told by name and password", async () => {
  const id = await client({ kind: "password", ...mlflow().login! }).createExperiment("e");
  expect(await client({ kind: "password", ...mlflow().login! }).ensureExperiment("e")).toBe(id);
});

test("nobody, and another password, are refused with the way out", async () => {
  for (const login of [null, { kind: "password", ...mlflow().login!, password: "wrong" } as const]) {
    await expect(client(login).createExperiment("e2")).rejects.toThrow("got 401; set MLFLOW_TRACKING_TOKEN, or");
  }
});
