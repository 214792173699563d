import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BrowserContext, Page } from "playwright-core";
import { serve } from "../../pkg-scripts/serve.mjs";
import { type RangeServer, type RangeServerOptions, startRangeServer } from "../server/range-server.mjs";
import { type KillableBrowser, startBrowser } from "./killable.js";

/** The built library on a site of its own, rasters on another, and browsers on one profile that outlives them. */
export interface Stage {
  readonly site: string;
  readonly rasters: RangeServer;
  start(): Promise<{ readonly killable: KillableBrowser; readonly context: BrowserContext }>;
  /** A blank page of the site, on which `loadLibrary()` gives the library. */
  open(context: BrowserContext): Promise<Page>;
  /** As {@link Stage.open}, after `script` has run there. */
  openAfter(context: BrowserContext, script: () => void): Promise<Page>;
  /** Ends the browsers and forgets their profile. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

const dist = fileURLToPath(new URL("../../dist", import.meta.url));
/** Scripts that tests put beside the library. */
const support = fileURLToPath(new URL("./site", import.meta.url));
const BLANK =
  '<!doctype html><title>blank</title><script type="module">globalThis.loadLibrary = () => import("/browser.js")</script>';

export async function setStage(options: RangeServerOptions): Promise<Stage> {
  const rasters = await startRangeServer(options);
  const site = await serve(dist, { port: 0, isolation: false, mounts: { "/site/": support } });
  const running: KillableBrowser[] = [];
  let folder: string | undefined;
  const openAfter = async (context: BrowserContext, script: () => void): Promise<Page> => {
    const page = await context.newPage();
    page.setDefaultTimeout(120_000);
    await page.addInitScript(script);
    await page.route("**/blank.html", (route) => route.fulfill({ contentType: "text/html", body: BLANK }));
    await page.goto(`${site.url}/blank.html`);
    return page;
  };
  const reset = async (): Promise<void> => {
    for (const { kill } of running.splice(0)) await kill();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    folder = undefined;
  };
  return {
    site: site.url,
    rasters,
    start: async () => {
      folder ??= await mkdtemp(join(tmpdir(), "cogrid-browser-"));
      const killable = await startBrowser(folder);
      running.push(killable);
      const [context] = killable.browser.contexts();
      if (context === undefined) throw new Error("expected the profile's own context");
      return { killable, context };
    },
    open: (context) => openAfter(context, () => undefined),
    openAfter,
    reset,
    close: async () => {
      await reset();
      await site.close();
      await rasters.close();
    },
  };
}
