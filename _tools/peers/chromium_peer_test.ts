import { expect, test } from "vitest";
import { launchChromium } from "./chromium.ts";
import { requirePeer } from "./python.ts";

test("launchChromium() shows a page, and ends with its disposal", async (context) => {
  const browser = await requirePeer(context, launchChromium);
  const page = await browser.newPage();
  await page.setContent("<h1>Late</h1>");
  expect(await page.textContent("h1")).toBe("Late");
  await browser[Symbol.asyncDispose]();
  expect(browser.isConnected()).toBe(false);
});
