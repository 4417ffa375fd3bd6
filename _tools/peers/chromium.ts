import { type Browser, chromium } from "playwright-core";

/** Where Debian and others put a Chromium that is theirs. */
const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"] as const;
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
] as const;

/**
 * Starts a Chromium for tests, without a window, in a user folder of its own that goes with it.
 *
 * @returns the browser; disposing of it ends its processes
 * @throws {Error} when this machine has none, with the way to get one
 */
export async function launchChromium(): Promise<Browser & AsyncDisposable> {
  const executablePath = PLACES.find(isFile);
  if (executablePath === undefined) {
    throw new Error(
      `Cannot start Chromium as it must be in one of ${PLACES.join(", ")}: it is not; apt-get install chromium`,
    );
  }
  return await chromium.launch({ executablePath, args: [...FLAGS] });
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
