import { type ChildProcess, spawn } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";

/** A browser of its own on a profile that outlives it. */
export interface KillableBrowser {
  readonly browser: Browser;
  /** SIGKILL to all of its processes: what a crash, a full memory or a pulled plug leaves behind. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

/** Starts Chromium on the profile in `folder`. */
export async function startBrowser(folder: string): Promise<KillableBrowser> {
  const portFile = join(folder, "DevToolsActivePort");
  await rm(portFile, { force: true });
  const child = spawn(
    process.env.CHROME ?? "/usr/bin/chromium",
    [
      "--headless=new",
      "--remote-debugging-port=0",
      `--user-data-dir=${folder}`,
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "about:blank",
    ],
    // A process group of its own, so that the kill reaches renderers and helpers too.
    { detached: true, stdio: "ignore" },
  );
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const port = await portOf(portFile, child);
  const browser = await chromium.connectOverCDP(`http://127.0.0.1:${port}`, { timeout: 60_000 });
  const kill = async (): Promise<void> => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
      process.kill(-child.pid, "SIGKILL");
    await ended;
    await browser.close().catch(() => undefined);
  };
  const close = async (): Promise<void> => {
    const session = await browser.newBrowserCDPSession();
    await session.send("Browser.close").catch(() => undefined);
    await Promise.race([ended, new Promise((late) => setTimeout(late, 10_000))]);
    await kill();
  };
  return { browser, kill, close };
}

async function portOf(file: string, child: ChildProcess): Promise<number> {
  for (let tries = 0; tries < 600 && child.exitCode === null; tries++) {
    const [port] = (await readFile(file, "utf8").catch(() => "")).split("\n");
    if (port) return Number(port);
    await new Promise((later) => setTimeout(later, 100));
  }
  throw new Error(`Chromium has not said where it listens (exit code ${child.exitCode})`);
}
