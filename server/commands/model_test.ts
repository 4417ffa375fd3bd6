import { expect, onTestFinished, test } from "vitest";
import { fillFlights, KEY, openTestWorkbench } from "../serving/_test_workbench.ts";
import { callVerb } from "./_test_call.ts";
import { modelList, modelShow } from "./model.ts";

test("model list and model show say which version is promoted, and what answers from each", async () => {
  Deno.env.set("BOATHOUSE_SIGNING_KEY", KEY);
  onTestFinished(() => Deno.env.delete("BOATHOUSE_SIGNING_KEY"));
  await using bench = await openTestWorkbench();
  await bench.log("flight-delay", 1, 0.5);
  const before = await callVerb(modelList, bench.root);
  expect(before.json).toMatchObject([{ name: "flight-delay", newest: "1", promoted: null }]);
  await fillFlights(bench);
  await bench.log("flight-delay", 3, 0.5);
  await bench.promoteModel("flight-delay@2");
  const list = await callVerb(modelList, bench.root);
  expect(list.json).toMatchObject([{ name: "flight-delay", newest: "3", promoted: "2" }]);
  expect(list.text).toMatch(/^flight-delay +3 +2$/m);
  const show = await callVerb(modelShow, bench.root, ["flight-delay"]);
  expect(show.json).toMatchObject([
    { version: "1", answers: ["endpoint flight-delay"] },
    { version: "2", answers: ["/v2", "endpoint flight-delay"] },
    { version: "3", answers: [] },
  ]);
  expect(show.text).toMatch(/^2 .* \/v2, endpoint flight-delay$/m);
});
