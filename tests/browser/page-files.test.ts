// Files that the user chose or dropped, and the page after a reload.
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { appFolder, download, factsAreThere, launch, run, samplePath, type Visit, visit } from "./driver.js";

const sample = join(appFolder, samplePath);

let browser: Browser;
const open: Visit[] = [];
const start = async (): Promise<Visit> => {
  const visited = await visit(browser);
  open.push(visited);
  return visited;
};

beforeAll(async () => {
  browser = await launch();
});
afterEach(async () => {
  for (const visited of open.splice(0)) await visited.close();
});
afterAll(() => browser?.close());

/** The sample as a file of the page's own, which the file picker gives from now on. */
async function pickSample(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const pick = async () => [await (await navigator.storage.getDirectory()).getFileHandle("rain.tif")];
    Object.assign(globalThis, { showOpenFilePicker: pick });
  });
  await page.reload();
  await page.evaluate(async (path) => {
    const folder = await navigator.storage.getDirectory();
    const writable = await (await folder.getFileHandle("rain.tif", { create: true })).createWritable();
    await writable.write(await (await fetch(path)).arrayBuffer());
    await writable.close();
  }, samplePath);
  await page.getByRole("button", { name: "Choose a file" }).click();
  await factsAreThere(page);
}

/** Drops a file of this machine on the middle of the page, as the desktop does. */
async function drop(page: Page, path: string): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const { width, height } = page.viewportSize() ?? { width: 800, height: 600 };
  const data = { items: [], files: [path], dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"] as const) {
    await session.send("Input.dispatchDragEvent", { type, x: width / 2, y: height / 2, data });
  }
  await session.detach();
}

/** Computes what is not stored: the file's bytes are there. */
async function computesAnew(page: Page): Promise<void> {
  await factsAreThere(page);
  await page.getByLabel("Cubic").check();
  await run(page);
}

describe("a file on the page", () => {
  it("that was dropped is read again after a reload", async () => {
    const { page, errors } = await start();
    await drop(page, sample);
    await factsAreThere(page);
    await run(page);
    await page.reload();
    await computesAnew(page);
    expect(errors).toEqual([]);
  });

  it("is asked for again after a reload where the browser keeps no handles, and its results open", async () => {
    const { page, errors } = await start();
    await page.addInitScript(() => Object.assign(globalThis, { showOpenFilePicker: undefined }));
    await page.reload();
    await page.locator("input[type=file]").first().setInputFiles(sample);
    await factsAreThere(page);
    await run(page);
    const csv = await download(page, "CSV");
    await page.reload();
    await page.getByText(/no longer holds this file/).waitFor();
    await page.getByTestId("provenance").waitFor();
    expect(await download(page, "CSV")).toBe(csv);
    const [chooser] = await Promise.all([
      page.waitForEvent("filechooser"),
      page.getByRole("button", { name: /^Choose precipitation/ }).click(),
    ]);
    await chooser.setFiles(sample);
    await computesAnew(page);
    expect(errors).toEqual([]);
  });

  it("that was picked is read again after a reload without a question", async () => {
    const { page, errors } = await start();
    await pickSample(page);
    await page.reload();
    await factsAreThere(page);
    await run(page);
    expect(errors).toEqual([]);
  });

  it("that needs the user's word after a reload is read with one click", async () => {
    const { page, errors } = await start();
    await pickSample(page);
    // A browser that forgets the permission: the engine asks in its worker, the page on the click.
    await page.route(/worker[^/]*\.js/, async (route) => {
      const response = await route.fetch();
      const forgets = 'FileSystemHandle.prototype.queryPermission = async () => "prompt";';
      await route.fulfill({ response, body: `${forgets}\n${await response.text()}` });
    });
    await page.reload();
    await page.getByText(/asks before it lets this page read/).waitFor();
    await page.getByRole("button", { name: /^Allow reading rain/ }).click();
    await factsAreThere(page);
    await run(page);
    expect(errors).toEqual([]);
  });
});
