import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { launchChromium } from "../../_tools/peers/chromium.ts";
import { LAB_HOME, startLab } from "../../_tools/peers/lab.ts";
import { requirePeer } from "../../_tools/peers/python.ts";
import { isCode, type Output, readNotebook } from "../../lib/notebook/mod.ts";

const LIMIT_MS = 400_000;
const WAIT = { timeout: 60_000 };
/** Ignored by git, and there to be looked at. */
const SHOTS = join(LAB_HOME, "screenshots");

const CELLS = {
  boats: `import { table } from "boathouse";
import * as Plot from "boathouse/plot";
interface Boat {
  name: string;
  /** Minutes behind the timetable. */
  delay: number;
}
const boats: Boat[] = Array.from({ length: 50 }, (_, n) => ({ name: "boat " + n, delay: (n * 7) % 20 }));`,
  table: "table(boats)",
  plot:
    `Plot.plot({ title: "Late boats", color: { legend: true }, marks: [Plot.dot(boats, { x: "name", y: "delay", fill: "delay" })] })`,
  update: `await Deno.jupyter.display({ "text/plain": "0 of 2" }, { raw: true, display_id: "p" });
await Deno.jupyter.display({ "text/plain": "2 of 2" }, { raw: true, display_id: "p", update: true });`,
  ask: `prompt("Which boat?")`,
  type: "const late: string = boats[0]!.delay;",
  complete: "boats.at(0)?.",
  loop: "for (;;) {}",
};

test("a notebook is at home in JupyterLab: plots, tables, types, questions, interrupts", async (context) => {
  for (const part of ["settings", "workspaces"]) await remove(join(LAB_HOME, ".boathouse/lab", part));
  const dir = await Deno.makeTempDir({ prefix: "boathouse lab " });
  await using _dir = { [Symbol.asyncDispose]: () => remove(dir) };
  const file = join(dir, "boats.ipynb");
  await Deno.writeTextFile(file, JSON.stringify(notebookOf(Object.values(CELLS))));
  await using lab = await requirePeer(context, () => startLab([dir]));
  await using browser = await requirePeer(context, launchChromium);
  const page = await browser.newPage({ viewport: { width: 1100, height: 1000 } });
  const foreign: string[] = [];
  page.on("request", (request) => {
    if (!/^(data|blob):|^http:\/\/127\.0\.0\.1:/.test(request.url())) foreign.push(request.url());
  });
  await page.goto(lab.told.url.replace("/lab?", "/lab/tree/boats.ipynb?reset&"));
  const notebook = openNotebook(page);

  await notebook.run(0);
  await notebook.run(1);
  expect(await notebook.cell(1).locator("table tbody tr").count()).toBe(10);
  await notebook.run(2);
  const picture = notebook.cell(2).locator(
    '[data-mime-type="image/svg+xml"] img, [data-mime-type="image/svg+xml"] svg',
  );
  expect((await picture.boundingBox())!.height).toBeGreaterThan(200);
  await notebook.run(3);
  await expect.poll(() => notebook.outputs(3), WAIT).toEqual(["2 of 2"]);
  await notebook.run(4, async (cell) => {
    await cell.locator(".jp-Stdin-input").fill("boat 🚣", WAIT);
    await page.keyboard.press("Enter");
  });
  await expect.poll(() => notebook.outputs(4), WAIT).toEqual([expect.stringContaining("boat 🚣"), '"boat 🚣"']);
  await page.screenshot({ path: join(SHOTS, "outputs.png") });

  await notebook.edit(6);
  const choices = page.locator(".jp-Completer:not(.lm-mod-hidden) .jp-Completer-item");
  // On a busy machine the language server may come up after JupyterLab has given up: a person presses Tab again.
  await expect.poll(async () => {
    await page.keyboard.press("Tab");
    await choices.first().waitFor({ timeout: 25_000 });
    return await choices.count();
  }, { timeout: 120_000, interval: 1 }).toBe(2);
  expect((await choices.allInnerTexts()).map((text) => text.split("\n").slice(1))).toEqual([
    ["delay", "property"],
    ["name", "property"],
  ]);
  await page.screenshot({ path: join(SHOTS, "completion.png") });
  await page.keyboard.press("Enter");
  expect(await notebook.cell(6).locator(".cm-content").innerText()).toBe("boats.at(0)?.delay");
  await page.keyboard.press("Shift+Tab");
  await page.locator(".jp-Tooltip", { hasText: /delay: number.*Minutes behind the timetable\./s }).waitFor(WAIT);
  await page.screenshot({ path: join(SHOTS, "tooltip.png") });
  await page.keyboard.press("Escape");

  await notebook.run(5);
  await expect.poll(() => notebook.outputs(5), WAIT).toEqual([
    expect.stringContaining("Type 'number' is not assignable to type 'string'"),
  ]);
  await notebook.run(7, () => page.locator('[data-command="notebook:interrupt-kernel"]').first().click());
  await expect.poll(() => notebook.outputs(7), WAIT).toEqual([expect.stringContaining("interrupted")]);
  await notebook.run(6);
  await expect.poll(() => notebook.outputs(6), WAIT).toEqual(["0"]);
  await page.screenshot({ path: join(SHOTS, "interrupted.png") });

  await page.locator('[data-command="docmanager:save"]').first().click();
  const outputs = async (): Promise<Output[]> => {
    return readNotebook(await Deno.readTextFile(file), "boats.ipynb").cells.filter(isCode).flatMap(({ outputs }) =>
      outputs
    );
  };
  await expect.poll(async () => (await outputs()).length, WAIT).toBeGreaterThanOrEqual(7);
  expect((await outputs()).filter((output) => "data" in output && !("text/plain" in output.data))).toEqual([]);
  expect(foreign).toEqual([]);
}, LIMIT_MS);

/** A notebook in JupyterLab; cells are named by their place. */
function openNotebook(page: Page) {
  const cell = (at: number) => page.locator(".jp-Notebook .jp-CodeCell").nth(at);
  const edit = async (at: number) => {
    await cell(at).locator(".cm-content").click(WAIT);
    await page.keyboard.press("End");
  };
  // The status bar's; the notebook's own sign says "idle" before there is a kernel.
  const state = (wanted: string) => page.getByText(`Boathouse (TypeScript) | ${wanted}`).waitFor(WAIT);
  return {
    cell,
    edit,
    /** Runs a cell, does something while it runs, and waits until it has ended. */
    run: async (at: number, meanwhile?: (within: ReturnType<typeof cell>) => Promise<void>) => {
      await state("Idle");
      await edit(at);
      await page.keyboard.press("Control+Enter");
      if (meanwhile) {
        await state("Busy");
        await meanwhile(cell(at));
      }
      await cell(at).locator(".jp-InputPrompt", { hasText: /\[\d+\]/ }).waitFor(WAIT);
      await state("Idle");
    },
    outputs: async (at: number) =>
      (await cell(at).locator(".jp-OutputArea-output").allInnerTexts()).map((text) => text.trim()),
  };
}

function notebookOf(sources: string[]) {
  const cells = sources.map((source, at) => {
    return { cell_type: "code", id: `c${at}`, metadata: {}, source, outputs: [], execution_count: null };
  });
  const kernelspec = { name: "boathouse", display_name: "Boathouse (TypeScript)", language: "typescript" };
  return { cells, metadata: { kernelspec }, nbformat: 4, nbformat_minor: 5 };
}

async function remove(path: string): Promise<void> {
  await Deno.remove(path, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}
