import axe from "axe-core";
import MarkdownIt from "markdown-it";
import type { BrowserContextOptions, Page } from "playwright-core";
import { afterAll, expect, test } from "vitest";
import { useChromium } from "../../_tools/peers/use_chromium.ts";
import { type Notebook, readNotebook, reportHtml, reportNotebook, verifyNotebook } from "./mod.ts";
import { ATTACKS, HOSTILE_SVG, hostileNotebook } from "./testdata/hostile.ts";
import { WHOLE } from "./testdata/whole.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const chromium = useChromium();
const files = new Map<string, string | Uint8Array<ArrayBuffer>>();
/** Paths that somebody asked for. */
const asked: string[] = [];
const TYPES: Readonly<Record<string, string>> = { html: "text/html", svg: "image/svg+xml", png: "image/png" };
const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
  const path = decodeURI(new URL(request.url).pathname);
  asked.push(path);
  const type = TYPES[path.slice(path.lastIndexOf(".") + 1)] ?? "text/plain";
  return new Response(files.get(path) ?? null, {
    status: files.has(path) ? 200 : 404,
    headers: { "content-type": type },
  });
});
const HOST = `http://127.0.0.1:${server.addr.port}`;
afterAll(() => server.shutdown());

/** Opens a page and tells what it did beside showing itself. */
async function visit<T>(path: string, options: BrowserContextOptions, look: (page: Page) => Promise<T>) {
  asked.length = 0;
  const context = await chromium().newContext(options);
  const page = await context.newPage();
  const did: string[] = [];
  page.on(
    "request",
    (request) => void (request.url().startsWith("data:") || did.push(request.url().replace(HOST, ""))),
  );
  page.on("dialog", (dialog) => void did.push(`dialog ${dialog.message()}`));
  page.on("console", (message) => void did.push(message.text()));
  page.on("pageerror", (error) => void did.push(String(error)));
  page.on("framenavigated", (frame) => void (frame.url() === HOST + path || did.push(`frame ${frame.url()}`)));
  try {
    await page.goto(HOST + path, { waitUntil: "networkidle" });
    return { seen: await look(page), did, asked: [...asked] };
  } finally {
    await context.close();
  }
}

async function pageOf(notebook: Notebook, name: string): Promise<string> {
  files.set(`/${name}.html`, await reportHtml(notebook, { name, link: `${name}.ipynb` }));
  return `/${name}.html`;
}

async function flights(name: string): Promise<string> {
  const file = `${ROOT}notebooks/flights/${name}.ipynb`;
  const notebook = readNotebook(await Deno.readTextFile(file), file);
  files.set(
    `/${name}.html`,
    await reportHtml(notebook, { name, verdicts: await verifyNotebook(file, { root: ROOT }) }),
  );
  return `/${name}.html`;
}

interface Look {
  violations: string[];
  overflow: number;
  hidden: number;
}

/** Opens all folds and asks axe; a string runs in the page whatever its policy. */
async function examine(page: Page): Promise<Look> {
  await page.evaluate(`document.querySelectorAll("details").forEach((fold) => fold.open = true)`);
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(`axe.run({ resultTypes: ['violations'] })`) as axe.AxeResults;
  return {
    violations: violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" ")}`),
    overflow: await page.evaluate(`document.documentElement.scrollWidth - innerWidth`) as number,
    hidden: await page.evaluate(`[...document.images].filter((image) => image.naturalWidth === 0).length`) as number,
  };
}

const SCREENS = [
  { viewport: { width: 1280, height: 900 }, colorScheme: "light" },
  { viewport: { width: 360, height: 640 }, colorScheme: "dark" },
] as const;

test.each(["1_explore", "2_train", "3_evaluate", "whole"])(
  "reportHtml() gives %s as a page that axe finds clean, light and dark, wide and narrow",
  async (name) => {
    const path = name === "whole" ? await pageOf(WHOLE, name) : await flights(name);
    for (const screen of SCREENS) {
      const { seen, did, asked } = await visit(path, screen, examine);
      expect(seen, screen.colorScheme).toEqual({ violations: [], overflow: 0, hidden: 0 });
      expect([did, asked]).toEqual([[path], [path]]);
    }
  },
);

test("visit() sees what a page does that obeys", async () => {
  const attack = Object.values(ATTACKS).filter((text) => !text.includes("refresh")).join("\n").replaceAll("HOST", HOST);
  files.set("/obeys.html", `<!DOCTYPE html><body>${attack}`);
  const { seen, did } = await visit("/obeys.html", {}, (page) => page.evaluate(BOX));
  expect(seen).toMatchObject({ hit: 1, shown: false });
  expect(did).toEqual(expect.arrayContaining(["/script", "/img", "/frame", "/style"]));
});

test("reportHtml() keeps its links within the page, and its code folded", async () => {
  const { seen } = await visit(await pageOf(WHOLE, "links"), {}, (page) =>
    page.evaluate(`({
      lost: [...document.querySelectorAll('a[href^="#"]')].filter((a) => !document.getElementById(decodeURIComponent(a.hash.slice(1)))).length,
      doubled: [...document.querySelectorAll("[id]")].filter(({ id }) => document.querySelectorAll("#" + CSS.escape(id)).length > 1).length,
      contents: [...document.querySelectorAll("nav a")].map((a) => a.textContent),
      folded: [...document.querySelectorAll("details")].every(({ open }) => !open),
    })`));
  expect(seen).toEqual({ lost: 0, doubled: 0, contents: ["Where", "Deep", "Provenance"], folded: true });
});

test("reportHtml() prints light and whole, without code, in a dark browser", async () => {
  const { seen } = await visit(await pageOf(WHOLE, "print"), { colorScheme: "dark" }, async (page) => {
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    return await page.evaluate(`({
      ground: getComputedStyle(document.body).backgroundColor,
      code: [...document.querySelectorAll("details.code, nav")].some((part) => part.checkVisibility()),
      cut: [...document.querySelectorAll(".scroll, pre")].filter((box) => box.scrollWidth > box.clientWidth + 1).length,
      wide: document.querySelector("#cell-wide .paper").checkVisibility(),
    })`);
  });
  expect(seen).toEqual({ ground: "rgb(255, 255, 255)", code: false, cut: 0, wide: true });
});

const BOX = `({
  hit: globalThis.hit ?? 0,
  parts: [...document.body.children].map(({ localName }) => localName),
  foreign: document.querySelectorAll("script, iframe, object, embed, form, base, [onload], [onerror], [onfocus], svg, link:not([rel=icon])").length,
  styles: document.querySelectorAll("style, [style]").length,
  links: [...document.links].map(({ protocol }) => protocol).filter((protocol) => !/^(https?|mailto):$/.test(protocol)),
  refresh: document.querySelectorAll("meta[http-equiv=refresh]").length,
  shown: getComputedStyle(document.body).display !== "none" && document.querySelector("footer").checkVisibility(),
})`;
const CALM = { hit: 0, foreign: 0, styles: 1, links: [], refresh: 0, shown: true };

test.each(Object.entries(ATTACKS))("reportHtml() shows %s and never obeys it", async (name, text) => {
  const path = await pageOf(hostileNotebook(text.replaceAll("HOST", HOST)), name);
  const { seen, did, asked } = await visit(path, {}, (page) => page.evaluate(BOX));
  expect(seen).toMatchObject(CALM);
  expect((seen as { parts: string[] }).parts.filter((part) => part !== "nav")).toEqual(["header", "main", "footer"]);
  expect([did, asked]).toEqual([[path], [path]]);
});

test("reportHtml() shows hostile figures as pictures that load nothing", async () => {
  const svgs = HOSTILE_SVG.map((svg) => svg.replaceAll("HOST", HOST));
  const path = await pageOf(hostileNotebook("x", svgs), "figures");
  const { seen, did, asked } = await visit(path, {}, async (page) => {
    const drawn = await page.evaluate(`[...document.images].filter(({ naturalWidth }) => naturalWidth === 100).length`);
    return { drawn, ...await page.evaluate(BOX) as Record<string, unknown> };
  });
  expect(seen).toMatchObject({ ...CALM, drawn: svgs.length });
  expect([did, asked]).toEqual([[path], [path]]);
});

/** A forge that keeps all HTML and every link, as the worst of them would. */
const CARELESS = new MarkdownIt({ html: true });
CARELESS.validateLink = () => true;

async function forgePage(notebook: Notebook): Promise<{ path: string; figures: string[] }> {
  files.clear();
  const report = await reportNotebook(notebook, { name: "forge" });
  for (const [name, bytes] of report.files) files.set(`/${name}`, Uint8Array.from(bytes));
  files.set(
    "/forge.html",
    `<!DOCTYPE html><title>x</title><link rel="icon" href="data:,">${CARELESS.render(report.markdown)}`,
  );
  return { path: "/forge.html", figures: [...report.files.keys()].map((name) => `/${name}`) };
}

test("reportNotebook() gives Markdown and figures that even a careless forge may show", async () => {
  const svgs = HOSTILE_SVG.map((svg) => svg.replaceAll("HOST", HOST));
  for (const [name, text] of Object.entries(ATTACKS)) {
    const { path, figures } = await forgePage(hostileNotebook(text.replaceAll("HOST", HOST), svgs));
    const { seen, did, asked } = await visit(path, {}, (page) =>
      page.evaluate(`({
        hit: globalThis.hit ?? 0,
        foreign: document.querySelectorAll("body > script, iframe, object, form, base, [onload], [onerror], [style]:not(th, td)").length,
        links: [...document.links].map(({ protocol }) => protocol).filter((protocol) => !/^(https?|mailto):$/.test(protocol)),
        end: document.querySelector("details:last-of-type summary")?.textContent,
      })`));
    expect(seen, name).toEqual({ hit: 0, foreign: 0, links: [], end: "Provenance" });
    const known = [path, ...figures];
    expect([...did, ...asked].filter((path) => !known.includes(path) && !/passwd|^Failed to load/.test(path)), name)
      .toEqual([]);
  }
});

test("reportNotebook() gives figures that do nothing when they are opened by themselves", async () => {
  const { figures } = await forgePage(hostileNotebook("x", HOSTILE_SVG.map((svg) => svg.replaceAll("HOST", HOST))));
  for (const figure of figures.filter((name) => name.endsWith(".svg"))) {
    const { seen, did, asked } = await visit(figure, {}, async (page) => {
      await page.evaluate(
        `document.querySelectorAll("a").forEach((a) => a.dispatchEvent(new MouseEvent("click", { bubbles: true })))`,
      );
      return await page.evaluate(`[globalThis.hit ?? 0, document.documentElement.localName]`);
    });
    expect(seen, figure).toEqual([0, "svg"]);
    const beside = [figure, "/favicon.ico"];
    expect([...did, ...asked].filter((path) => !beside.includes(path) && !/^Failed to load|#$/.test(path))).toEqual(
      [],
    );
  }
});
