import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { type RangeServer, startRangeServer } from "../server/range-server.mjs";

/** The page as the build left it. */
export const appFolder = fileURLToPath(new URL("../../dist/app", import.meta.url));

/** Path of the sample below the page. */
export const samplePath = "/samples/precipitation.tif";

/** What the tests saw on the page that nobody should see. */
export interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly server: RangeServer;
  /** Errors of the console and uncaught ones. */
  readonly errors: string[];
  close(): Promise<void>;
}

export interface VisitOptions {
  readonly isolation?: boolean;
  readonly colorScheme?: "light" | "dark";
  readonly width?: number;
  readonly height?: number;
}

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROME ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** A fresh browser profile on the page, served by a server of its own that keeps a log. */
export async function visit(browser: Browser, options: VisitOptions = {}): Promise<Visit> {
  const { isolation = true, colorScheme = "light", width = 1280, height = 860 } = options;
  const server = await startRangeServer({ folder: appFolder, isolation });
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme,
    acceptDownloads: true,
    locale: "en-GB",
  });
  const page = await context.newPage();
  // Software rendering on a busy machine: slow is not wrong.
  page.setDefaultTimeout(60_000);
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  await page.goto(`${server.url}/`);
  const close = async (): Promise<void> => {
    await context.close();
    await server.close();
  };
  return { page, context, server, errors, close };
}

/** Clicks the sample's button and waits until its facts are there. */
export async function loadSample(page: Page): Promise<void> {
  await page.getByRole("button", { name: /^Load the sample.*precipitation/i }).click();
  await factsAreThere(page);
}

export async function factsAreThere(page: Page): Promise<void> {
  await page.getByText("EPSG:4326", { exact: true }).waitFor();
}

/** Runs what the form says and waits for the result. */
export async function run(page: Page): Promise<void> {
  await page.getByTestId("estimate").waitFor();
  await page.getByRole("button", { name: "Run" }).click();
  await page.getByTestId("provenance").waitFor();
}

/** Until no request has come for a while: the raster's pictures are drawn. */
export async function quiet(server: RangeServer, quietMs = 1500): Promise<void> {
  let seen = -1;
  while (seen !== server.log.length) {
    seen = server.log.length;
    await new Promise((done) => setTimeout(done, quietMs));
  }
}

/** Text of the file that the button downloads. */
export async function download(page: Page, format: "CSV" | "GeoJSON"): Promise<string> {
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: format, exact: true }).click(),
  ]);
  return readFile(await file.path(), "utf8");
}

/** One row of the table. */
export interface CellValue {
  /** NaN where there is none. */
  readonly value: number;
  readonly confidence: number;
}

/** Rows of `cell_id,METHOD,confidence` by cell id. */
export function cellsOf(csv: string): Map<string, CellValue> {
  const [head, ...lines] = csv.trim().split("\n");
  if (!head?.startsWith("cell_id,")) throw new Error(`expected a head cell_id,…, got ${head}`);
  return new Map(
    lines.map((line) => {
      const [id = "", value = "", confidence = ""] = line.split(",");
      return [id, { value: value === "" ? Number.NaN : Number(value), confidence: Number(confidence) }];
    }),
  );
}
