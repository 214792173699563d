// A raster on a local server, at a path of its own for every test, and the shipped library in Node that reads it. For the
// test file that imports it: the server goes with the file, workspaces go with their test.
import type { Workspace, WorkspaceOptions } from "cogrid";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { startRangeServer } from "../server/range-server.mjs";
import { tiledTiff } from "./tiny-tiff.js";

export const WIDTH = 512;
export const RASTER = { width: WIDTH, height: WIDTH, block: 128, scale: 16 } as const;
export const file = tiledTiff(RASTER);

export let server: Awaited<ReturnType<typeof startRangeServer>>;
/** Where the raster of this test is. */
export let url: string;
let number = 0;
const opened: Workspace[] = [];

beforeAll(async () => {
  server = await startRangeServer();
});
afterAll(() => server.close());
beforeEach(() => {
  // So that no test meets what another left.
  const path = `/raster${++number}.tif`;
  server.put(path, file);
  server.clearLog();
  url = server.url + path;
});
afterEach(async () => {
  for (const workspace of opened.splice(0)) await workspace.close();
});

/** The path of {@link url}. */
export const path = (): string => new URL(url).pathname;

/** How often the raster was asked for. */
export const requests = (): number => server.requestsOf(path()).length;

/** A workspace of what the build left in dist, with patience for a busy machine. */
export async function open(options: WorkspaceOptions): Promise<Workspace> {
  const { openWorkspace } = (await import(
    /* @vite-ignore */ new URL("../../dist/node.js", import.meta.url).href
  )) as typeof import("../../web/lib/node.js");
  const workspace = await openWorkspace({ timeoutMs: 20_000, ...options });
  opened.push(workspace);
  return workspace;
}

/** Closes a workspace before its test ends. */
export async function close(workspace: Workspace): Promise<void> {
  opened.splice(opened.indexOf(workspace), 1);
  await workspace.close();
}
