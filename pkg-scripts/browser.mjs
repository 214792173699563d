// The Chromium that browser tests drive: the one that `CHROME` names, else one of the usual places, else Debian's
// package.
import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { StepError, which } from "./steps.mjs";
import { aptInstall } from "./toolchain.mjs";

/** Path of an installed Chromium or Chrome, or `undefined`. */
export function findBrowser() {
  const named = process.env.CHROME || process.env.CHROME_PATH || process.env.CHROME_BIN;
  if (named) {
    if (existsSync(named)) return named;
    throw new StepError(`CHROME names a browser that is not there: ${named}`, "unset CHROME CHROME_PATH CHROME_BIN");
  }
  for (const name of ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome"]) {
    const path = which(name);
    if (path) return path;
  }
  const programs = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/opt/google/chrome/chrome",
    "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
    ...playwrightBrowsers(),
  ];
  return programs.find((path) => existsSync(path));
}

/** Installs Debian's Chromium where that is possible; elsewhere fails with the command to run. */
export async function installBrowser() {
  if (process.platform === "linux" && existsSync("/usr/bin/apt-get")) {
    await aptInstall(["chromium"], "Chromium for the browser tests");
    const path = findBrowser();
    if (path) return path;
  }
  const mend =
    process.platform === "darwin"
      ? "brew install --cask chromium"
      : "npx playwright-core install chromium   # or name one: export CHROME=/path/to/chromium";
  throw new StepError("no Chromium or Chrome for the browser tests", mend);
}

function playwrightBrowsers() {
  const folder = process.env.PLAYWRIGHT_BROWSERS_PATH || join(homedir(), ".cache", "ms-playwright");
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.startsWith("chromium-"))
    .flatMap((name) => [join(folder, name, "chrome-linux", "chrome"), join(folder, name, "chrome-linux64", "chrome")]);
}
