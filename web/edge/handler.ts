import { CogridError, isAbortError, isCogridError, openWorkspace, type PointValues, type Workspace } from "cogrid";
import { type Context, Hono } from "hono";
import { cors } from "hono/cors";
import { guardUrl } from "./guard.js";
import { titilerInfo, titilerPoint } from "./titiler.js";

export interface HandlerOptions {
  /**
   * Hosts that sources may be read from: `data.example.org`, `localhost:9000`, `*.example.org`. Loopback, private and
   * link-local addresses only by their own name.
   */
  readonly allowedHosts: readonly string[];
  /** The module that decodes LERC, JPEG XL, WebP and LZMA, imported from `cogrid/codecs.wasm`. Without it they are refused. */
  readonly codecs?: WebAssembly.Module | undefined;
}

/**
 * A fetch handler that answers TiTiler's `/cog/info` and `/cog/point/{lon},{lat}`, and `/healthz`.
 *
 * `export default { fetch: createHandler({ allowedHosts: ["data.example.org"] }) }` is a whole Worker. Failures are
 * `{ detail, code, hint }` with a fitting status.
 */
export function createHandler(options: HandlerOptions): (request: Request) => Promise<Response> {
  const app = new Hono();
  app.use(cors({ origin: "*", allowMethods: ["GET", "HEAD"] }));
  app.get("/healthz", (context) => context.json({ status: "ok" }));
  app.get("/cog/info", async (context) => {
    const info = await withSource(context, options, (workspace, url) =>
      workspace.sources.info(url, { signal: context.req.raw.signal }),
    );
    return context.json(titilerInfo(info));
  });
  app.get("/cog/point/:place", async (context) => {
    const [lon, lat] = place(context.req.param("place"));
    const crs = context.req.query("coord_crs");
    const shared = {
      unscale: flag(context.req.query("unscale")),
      signal: context.req.raw.signal,
      ...(crs === undefined ? {} : { crs }),
    };
    const bands = (context.req.queries("bidx") ?? []).map(band);
    const values = await withSource(context, options, async (workspace, url) => {
      if (bands.length === 0) return workspace.sources.point(url, lon, lat, shared);
      const parts: PointValues[] = [];
      for (const number of bands) parts.push(await workspace.sources.point(url, lon, lat, { ...shared, band: number }));
      return { values: parts.flatMap(({ values }) => values), bandNames: parts.flatMap(({ bandNames }) => bandNames) };
    });
    return context.json(titilerPoint(lon, lat, values));
  });
  app.notFound((context) =>
    fail(
      context,
      404,
      "usage.path",
      `there is nothing at ${context.req.path}`,
      "see /cog/info?url= and /cog/point/{lon},{lat}?url=",
    ),
  );
  app.onError((error, context) => {
    if (isCogridError(error)) return fail(context, statusOf(error), error.code, error.message, error.hint ?? null);
    if (isAbortError(error)) return fail(context, 499, "cancelled", "the client went away", null);
    return fail(context, 500, "bug", "the request could not be answered", null);
  });
  return async (request) => app.fetch(request);
}

/** Does `work` on the source that the request names, after each of its redirects was found to be allowed. */
async function withSource<T>(
  context: Context,
  { allowedHosts, codecs }: HandlerOptions,
  work: (workspace: Workspace, url: string) => Promise<T>,
): Promise<T> {
  const text = context.req.query("url");
  if (text === undefined || text === "")
    throw new CogridError("usage.url", "expected the parameter url, the address of a GeoTIFF");
  let url = guardUrl(text, allowedHosts);
  // An engine per request: workerd lets no request wait for what another one fetches. The wasm instance is shared.
  const workspace = await openWorkspace({ name: "edge", store: "memory", threads: "off", redirect: "manual", codecs });
  try {
    for (let redirects = 0; ; redirects++) {
      try {
        return await work(workspace, url.href);
      } catch (error) {
        const isRedirect = isCogridError(error) && error.status !== undefined && REDIRECTS.has(error.status);
        const next = isRedirect && redirects < MAX_REDIRECTS ? await redirectOf(url) : undefined;
        if (next === undefined) throw error;
        url = guardUrl(next, allowedHosts);
      }
    }
  } finally {
    await workspace.close();
  }
}

// The engine refuses redirects: a server that is allowed must not lead to one that isn't.
async function redirectOf(url: URL): Promise<string | undefined> {
  const response = await fetch(url, { headers: { Range: "bytes=0-0" }, redirect: "manual" });
  await response.body?.cancel();
  const location = response.headers.get("Location");
  return location === null ? undefined : new URL(location, url).href;
}

/** `lon,lat` of the path. */
function place(text: string): [number, number] {
  const [lon, lat, ...rest] = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (lon === undefined || lat === undefined || rest.length > 0 || !Number.isFinite(lon) || !Number.isFinite(lat)) {
    throw new CogridError("usage.point", `expected /cog/point/{lon},{lat}, got "${text}"`);
  }
  return [lon, lat];
}

function band(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new CogridError("usage.band", `expected bidx of 1 or more, got "${text}"`);
  return value;
}

function flag(text: string | undefined): boolean {
  return text !== undefined && /^(1|true|yes|on)$/i.test(text);
}

/** HTTP's word for who must act. */
function statusOf(error: CogridError): number {
  if (error.code === "host.not_allowed") return 403;
  if (error.code === "source.not_found" || error.status === 404 || error.code === "usage.outside") return 404;
  if (error.code === "source.timeout") return 504;
  if (error.code === "bug") return 500;
  const [kind] = error.code.split(".");
  return kind === "usage" ? 400 : kind === "source" ? 502 : kind === "store" ? 500 : 422;
}

function fail(context: Context, status: number, code: string, detail: string, hint: string | null): Response {
  return context.newResponse(JSON.stringify({ detail, code, hint }), {
    status: status as 400,
    headers: { "Content-Type": "application/json" },
  });
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const MAX_REDIRECTS = 5;
