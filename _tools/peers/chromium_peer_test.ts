import { expect, test } from "vitest";
import { residentBytes } from "../process_tree.ts";
import { launchChromium } from "./chromium.ts";
import { requirePeer } from "./python.ts";

test("launchChromium() shows a page, and its processes end with its disposal", async (context) => {
  const browser = await requirePeer(context, launchChromium);
  const started = below();
  expect(started).not.toEqual([]);
  const page = await browser.newPage({ colorScheme: "dark" });
  await page.setContent("<h1>Late</h1>");
  expect(await page.textContent("h1")).toBe("Late");
  expect(await page.evaluate('matchMedia("(prefers-color-scheme: dark)").matches')).toBe(true);
  expect((await page.screenshot()).subarray(1, 4).toString()).toBe("PNG");
  await browser[Symbol.asyncDispose]();
  expect(browser.isConnected()).toBe(false);
  expect(started.filter((pid) => below().includes(pid))).toEqual([]);
});

function below(): number[] {
  return [...residentBytes(Deno.pid).keys()].filter((pid) => pid !== Deno.pid);
}
