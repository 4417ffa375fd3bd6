import { test } from "vitest";
import { useMlflow } from "../../../_tools/peers/use_mlflow.ts";
import { registryClient } from "../client/registry_client.ts";
import { remoteFetch } from "../client/remote_fetch.ts";
import { expectOneVersionEach } from "./_test_two_processes.ts";

const mlflow = useMlflow({ workers: 2 });

test("log() to MLflow from two processes, four at once each, leaves one version of each content", async () => {
  const { url } = mlflow();
  await expectOneVersionEach([Deno.makeTempDirSync(), url], registryClient(remoteFetch(url, null), url));
}, 600_000);
