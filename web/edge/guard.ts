import { CogridError } from "cogrid";

/**
 * The source's URL, when its host is allowed.
 *
 * `allowedHosts` has host names (`data.example.org`), with a port where it isn't the scheme's (`localhost:9000`), and
 * `*.example.org` for every name below one. Loopback, private and link-local addresses are refused unless they are
 * named as such: a wildcard never allows them.
 *
 * @throws CogridError `usage.url`, `host.not_allowed`
 */
export function guardUrl(text: string, allowedHosts: readonly string[]): URL {
  if (!URL.canParse(text)) throw new CogridError("usage.url", `expected the URL of a GeoTIFF, got "${text}"`);
  const url = new URL(text);
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw new CogridError("usage.url", `expected http or https, got ${url.protocol}`);
  }
  if (url.username !== "" || url.password !== "")
    throw new CogridError("usage.url", "expected a URL without user and password");
  const host = url.host.toLowerCase();
  const allowed = allowedHosts.map((name) => name.toLowerCase());
  if (allowed.includes(host)) return url;
  if (isInternal(url.hostname))
    throw notAllowed(host, "loopback, private and link-local addresses must be allowed by name");
  if (allowed.some((name) => name.startsWith("*.") && host.endsWith(name.slice(1)) && host.length > name.length - 1))
    return url;
  throw notAllowed(host, "this service reads from chosen hosts only");
}

/** Whether a host, as `URL.hostname` writes it, is this machine or a network that the public can't reach. */
export function isInternal(hostname: string): boolean {
  const name = hostname.toLowerCase().replace(/\.$/, "");
  if (name.startsWith("[")) return isInternalV6(name.slice(1, -1));
  // The URL parser has already written every form of an IPv4 address (decimal, octal, hexadecimal, short) as four numbers.
  const v4 = /^(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(name);
  if (v4 !== null) return isInternalV4(v4.slice(1).map(Number));
  return !name.includes(".") || INTERNAL_SUFFIXES.some((suffix) => name.endsWith(suffix));
}

function isInternalV4([a = 0, b = 0, c = 0]: number[]): boolean {
  return (
    a === 0 ||
    a === 10 ||
    a === 127 ||
    (a === 100 && b >= 64 && b < 128) ||
    (a === 169 && b === 254) ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && b === 168) ||
    (a === 192 && b === 0 && (c === 0 || c === 2)) ||
    (a === 198 && (b === 18 || b === 19)) ||
    (a === 198 && b === 51 && c === 100) ||
    (a === 203 && b === 0 && c === 113) ||
    a >= 224
  );
}

// Global unicast is 2000::/3; what embeds an IPv4 address counts as that address.
function isInternalV6(address: string): boolean {
  const groups = expand(address);
  const embedded = embeddedV4(groups);
  if (embedded !== undefined) return isInternalV4(embedded);
  const [first = 0, second = 0] = groups;
  return (first & 0xe000) !== 0x2000 || (first === 0x2001 && second === 0xdb8) || (first === 0x2001 && second === 0);
}

function expand(address: string): number[] {
  const [head = "", tail] = address.split("::");
  const parse = (part: string): number[] =>
    part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16));
  const start = parse(head);
  if (tail === undefined) return start;
  const end = parse(tail);
  return [...start, ...new Array<number>(8 - start.length - end.length).fill(0), ...end];
}

// IPv4-mapped and -compatible (::ffff:0:0/96, ::/96), NAT64 (64:ff9b::/96), 6to4 (2002::/16).
function embeddedV4(groups: number[]): number[] | undefined {
  const bytes = (high: number, low: number): number[] => [high >> 8, high & 0xff, low >> 8, low & 0xff];
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = groups;
  if (a === 0x2002) return bytes(b, c);
  const startsWithZeros = a === 0 && b === 0 && c === 0 && d === 0 && e === 0;
  if (startsWithZeros && (f === 0xffff || f === 0)) return bytes(g, h);
  if (a === 0x64 && b === 0xff9b && c === 0 && d === 0 && e === 0 && f === 0) return bytes(g, h);
  return undefined;
}

function notAllowed(host: string, hint: string): CogridError {
  return new CogridError("host.not_allowed", `sources at ${host} are not allowed here`, { hint });
}

const INTERNAL_SUFFIXES = [".localhost", ".local", ".internal", ".intranet", ".lan", ".home.arpa", ".corp", ".home"];
