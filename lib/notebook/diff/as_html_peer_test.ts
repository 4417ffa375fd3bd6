import axe from "axe-core";
import type { BrowserContextOptions, Page } from "playwright-core";
import { expect, test } from "vitest";
import { useChromium } from "../../../_tools/peers/use_chromium.ts";
import { diffAsHtml, diffNotebooks, type Notebook } from "../mod.ts";
import { baseNotebook, code, show } from "./testdata/base.ts";
import { editedNotebook } from "./testdata/edited.ts";

const chromium = useChromium();

/** Opens the page of a diff from a file and tells what it did beside showing itself. */
async function visit<T>(
  was: Notebook,
  now: Notebook,
  options: BrowserContextOptions,
  look: (page: Page) => Promise<T>,
): Promise<{ seen: T; did: string[] }> {
  const folder = await Deno.makeTempDir();
  const context = await chromium().newContext(options);
  const did: string[] = [];
  try {
    await Deno.writeTextFile(`${folder}/diff.html`, diffAsHtml(diffNotebooks(was, now), { old: "a", new: "b" }));
    const page = await context.newPage();
    page.on("request", (request) => void (/^(data|file):/.test(request.url()) || did.push(request.url())));
    page.on("dialog", (dialog) => void did.push(`dialog ${dialog.message()}`));
    page.on("console", (message) => void did.push(message.text()));
    page.on("pageerror", (error) => void did.push(String(error)));
    await page.goto(`file://${folder}/diff.html`);
    return { seen: await look(page), did };
  } finally {
    await context.close();
    await Deno.remove(folder, { recursive: true });
  }
}

/** A string runs in the page whatever its policy. */
async function examine(page: Page): Promise<unknown> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate("axe.run()") as axe.AxeResults;
  return {
    violations: violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" ")}`),
    overflow: await page.evaluate("document.documentElement.scrollWidth - innerWidth"),
    unseen: await page.evaluate("[...document.images].filter((image) => image.naturalWidth === 0).length"),
  };
}

const CLEAN = { violations: [], overflow: 0, unseen: 0 };

test.each(
  [
    ["light", 1280],
    ["dark", 1280],
    ["light", 360],
    ["dark", 360],
  ] as const,
)("diffAsHtml() gives a page that axe finds clean, %s and %d pixels wide", async (colorScheme, width) => {
  const options = { colorScheme, viewport: { width, height: 800 } };
  const { seen, did } = await visit(baseNotebook(), withChart(editedNotebook()), options, examine);
  expect(seen).toEqual(CLEAN);
  expect(did).toEqual([]);
});

/** With one more chart, of an ordinary size. */
function withChart(notebook: Notebook): Notebook {
  const dots = `<svg xmlns="http://www.w3.org/2000/svg" width="640" height="400"><circle cx="90" cy="90" r="9"/></svg>`;
  return { ...notebook, cells: [...notebook.cells, code("dots", "plot()", [show({ "image/svg+xml": dots })])] };
}

test("diffAsHtml() shows charts side by side where there is room, one below the other where there is none", async () => {
  const tops = async (width: number) => {
    const { seen } = await visit(baseNotebook(), editedNotebook(), { viewport: { width, height: 800 } }, (page) => {
      return page.evaluate(
        "[...document.querySelectorAll('.pair figure')].map((figure) => figure.getBoundingClientRect().top)",
      );
    });
    return seen as number[];
  };
  const [wide, narrow] = [await tops(1280), await tops(360)];
  expect([wide.length, wide[0] === wide[1], narrow[0]! < narrow[1]!]).toEqual([2, true, true]);
});

test("diffAsHtml() runs and asks for nothing, whatever the notebooks hold", async () => {
  const attack = `<img src="http://127.0.0.1:9/x"><script>alert(1)</script>`;
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(2)"><script>alert(3)</script><image href="http://127.0.0.1:9/y"/></svg>`;
  const cells = [
    code("a", attack, [show({ "image/svg+xml": svg, "text/plain": attack }), show({ "text/html": attack })]),
  ];
  const { did, seen } = await visit(baseNotebook(), { ...baseNotebook(), cells }, {}, (page) => {
    return page.evaluate("document.querySelectorAll('script, main img:not([src^=\"data:\"])').length");
  });
  expect([did, seen]).toEqual([[], 0]);
});

test("diffAsHtml() prints light and whole in a dark browser", async () => {
  const { seen } = await visit(baseNotebook(), editedNotebook(), { colorScheme: "dark" }, async (page) => {
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    return await page.evaluate(`({
      ground: getComputedStyle(document.body).backgroundColor,
      cut: [...document.querySelectorAll(".scroll, pre")].filter((box) => box.scrollWidth > box.clientWidth + 1).length,
    })`);
  });
  expect(seen).toEqual({ ground: "rgb(255, 255, 255)", cut: 0 });
});
