import { expect, test } from "vitest";
import { compileSchema } from "../../../lib/events/mod.ts";
import { post, serve, until } from "../_test_node.ts";
import { fillFlights, FLIGHT_DELAY, openTestWorkbench } from "../_test_workbench.ts";
import type { Schema } from "./api_facts.ts";

function* refsOf(value: unknown): Generator<string> {
  if (typeof value !== "object" || value === null) return;
  for (const [key, item] of Object.entries(value)) {
    if (key === "$ref" && typeof item === "string") yield item;
    else yield* refsOf(item);
  }
}

function resolve(document: unknown, ref: string): unknown {
  return ref.slice(2).split("/").reduce<unknown>((at, key) => (at as Schema)[key], document);
}

test("openApiDocument() tells what is served: schemas, examples, and references that lead somewhere", async () => {
  await using workbench = await openTestWorkbench();
  await fillFlights(workbench);
  await workbench.promoteModel("flight-delay@1");
  await workbench.promote("odd_name", {
    body: "return { minutes: 1 };",
    input: { $ref: "#/$defs/a b", $defs: { "a b": {} } },
  });
  await using node = await serve(workbench);
  const document = await (await fetch(`${node.url}/openapi.json`)).json();
  expect(document.openapi).toBe("3.1.1");
  expect(Object.keys(document.paths)).toEqual(expect.arrayContaining([
    "/v1/endpoints/flight-delay",
    "/v1/endpoints/flight-delay/batch",
    "/v1/endpoints/flight-delay/client.ts",
    "/v1/functions/averageDelay",
    "/v1/functions/predictDelay",
    "/v1/functions/odd_name",
    "/v1/decisions/{id}",
    "/v1/events",
    "/v1/labels",
    "/v2/models/flight-delay/infer",
  ]));
  const { post: ask } = document.paths["/v1/endpoints/flight-delay"];
  expect(ask.requestBody.content["application/json"].examples).toEqual({
    example1: { value: { route: "ORD-LGA", hour: 7 } },
  });
  expect(document.components.schemas["flight-delay.input"].properties.hour).toMatchObject({ maximum: 23 });
  const lost = [...refsOf(document)].filter((ref) => resolve(document, ref) === undefined);
  expect(lost).toEqual([]);
  const ids = Object.values(document.paths as Record<string, Record<string, { operationId: string }>>)
    .flatMap((item) => Object.values(item).map(({ operationId }) => operationId));
  expect(new Set(ids).size).toBe(ids.length);
});

test("openApiDocument() is true of what endpoints answer, and follows an activation", async () => {
  await using workbench = await openTestWorkbench();
  await fillFlights(workbench);
  await using node = await serve(workbench);
  const read = async () => await (await fetch(`${node.url}/openapi.json`)).json();
  const document = await read();
  const fits = (name: string) => compileSchema({ ...document, $ref: `#/components/schemas/${name}` });
  const at = `${node.url}/v1/endpoints/flight-delay`;
  const { body } = await post(at, { route: "R1", hour: 4 });
  expect(fits("flight-delay.answer")(body)).toBeNull();
  expect(fits("flight-delay.answer")({ ...body, output: {} })).toContain("must be there");
  expect(fits("flight-delay.results")((await post(`${at}/batch`, [{ route: "R1", hour: 4 }, 3])).body)).toBeNull();
  expect(fits("Problem")((await post(at, {})).body)).toBeNull();
  const found = `${node.url}/v1/decisions/${body.decision.id}`;
  await until(async () => (await fetch(found)).ok);
  expect(fits("FoundDecision")(await (await fetch(found)).json())).toBeNull();
  expect(fits("Ready")(await (await fetch(`${node.url}/health/ready`)).json())).toBeNull();
  await workbench.apply(FLIGHT_DELAY.replaceAll("flight-delay\n", "other\n"));
  await workbench.activate("other");
  await until(async () => "/v1/endpoints/other" in (await read()).paths);
});
