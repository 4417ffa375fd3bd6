import { join } from "node:path";
import { expect, test } from "vitest";
import { callVerb } from "./_test_call.ts";
import { notebookReport } from "./notebook_report.ts";

const SVG = `<svg xmlns="http://www.w3.org/2000/svg"/>`;

async function workbench(): Promise<{ dir: string; file: string }> {
  const dir = await Deno.makeTempDir();
  const file = join(dir, "notebooks/trains/1_explore.ipynb");
  await Deno.mkdir(join(dir, "notebooks/trains"), { recursive: true });
  await Deno.writeTextFile(join(dir, "boathouse.yaml"), "");
  const output = { output_type: "display_data", data: { "image/svg+xml": SVG }, metadata: {} };
  const cells = [
    { cell_type: "markdown", id: "q", metadata: {}, source: "# Why?" },
    { cell_type: "code", id: "chart", metadata: {}, source: "1", outputs: [output], execution_count: 1 },
  ];
  await Deno.writeTextFile(file, JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 }));
  return { dir, file };
}

test("notebook report lists what it wrote", async () => {
  const { dir, file } = await workbench();
  const { json, text, exitCode } = await callVerb(notebookReport, dir, [file]);
  expect(json).toEqual({ report: "reports/trains/1_explore.md", figures: ["reports/trains/1_explore.chart.svg"] });
  expect([text, exitCode]).toEqual(["reports/trains/1_explore.md\nreports/trains/1_explore.chart.svg", 0]);
  expect(await Deno.readTextFile(join(dir, "reports/trains/1_explore.md"))).toMatch(/^# Why\?\n/);
});

test("notebook report --html writes one page, and nothing else", async () => {
  const { dir, file } = await workbench();
  const { json, text } = await callVerb(notebookReport, dir, [file], { html: true });
  expect(json).toEqual({ report: "reports/trains/1_explore.html", figures: [] });
  expect(text).toBe("reports/trains/1_explore.html");
  expect([...Deno.readDirSync(join(dir, "reports/trains"))].map(({ name }) => name)).toEqual(["1_explore.html"]);
  const page = join(dir, "page.html");
  expect((await callVerb(notebookReport, dir, [file], { html: page })).json).toEqual({ report: page, figures: [] });
  expect(await Deno.readTextFile(page)).toMatch(/^<!DOCTYPE html>/);
});

test("notebook report refuses what is no notebook, and leaves the old report", async () => {
  const { dir, file } = await workbench();
  await callVerb(notebookReport, dir, [file]);
  await Deno.writeTextFile(file, `{"cells": [`);
  for (const html of [{}, { html: true }]) {
    await expect(callVerb(notebookReport, dir, [file], html)).rejects.toThrow(
      new SyntaxError(
        `Cannot read notebook "${file}" as its text must be JSON: it ends within a value at line 1; restore the file`,
      ),
    );
  }
  expect([...Deno.readDirSync(join(dir, "reports/trains"))]).toHaveLength(2);
});

test("the forge hides notebooks and figures in its diffs, and never a report", async () => {
  const root = new URL("../..", import.meta.url).pathname;
  const names = [
    "notebooks/flights/1_explore.ipynb",
    "reports/flights/1_explore.rmse.svg",
    "reports/flights/1_explore.md",
  ];
  const { stdout } = await new Deno.Command("git", { args: ["check-attr", "linguist-generated", ...names], cwd: root })
    .output();
  const values = new TextDecoder().decode(stdout).trim().split("\n").map((line) => line.split(": ").at(-1));
  expect(values).toEqual(["true", "true", "unspecified"]);
});
