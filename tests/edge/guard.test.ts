import { describe, expect, it } from "vitest";
import { guardUrl, isInternal } from "../../web/edge/guard.js";

const codeOf = (text: string, allowed: string[]): string => {
  try {
    return guardUrl(text, allowed).href;
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe("guardUrl", () => {
  it.each([
    ["https://data.example.org/a.tif", ["data.example.org"]],
    ["https://DATA.example.org/a.tif", ["Data.Example.org"]],
    ["http://a.b.example.org/a.tif?x=1", ["*.example.org"]],
    ["http://localhost:9000/a.tif", ["localhost:9000"]],
    ["http://127.0.0.1:9000/a.tif", ["127.0.0.1:9000"]],
    ["http://[::1]:9000/a.tif", ["[::1]:9000"]],
  ])("lets %s through for %j", (text, allowed) => {
    expect(guardUrl(text, allowed).href).toBe(new URL(text).href);
  });

  it.each([
    ["https://example.org/a.tif", ["*.example.org"]],
    ["https://evil-example.org/a.tif", ["*.example.org"]],
    ["https://data.example.org.evil.net/a.tif", ["data.example.org"]],
    ["https://data.example.org:8443/a.tif", ["data.example.org"]],
    ["http://127.0.0.1/a.tif", ["*.0.0.1"]],
    ["http://2130706433/", ["*"]],
    ["http://0x7f.1/", []],
    ["http://[::ffff:127.0.0.1]/", []],
    ["http://169.254.169.254/latest/meta-data", ["*.254"]],
    ["https://db.internal/a.tif", ["*.internal"]],
    ["https://example.org/", []],
  ])("refuses %s for %j", (text, allowed) => {
    expect(codeOf(text, allowed)).toBe("host.not_allowed");
  });

  it.each([
    "file:///etc/passwd",
    "data:text/plain,x",
    "a.tif",
    "https://user:pw@data.example.org/a.tif",
    "ftp://data.example.org/",
  ])("takes no %s", (text) => {
    expect(codeOf(text, ["data.example.org"])).toBe("usage.url");
  });
});

describe("isInternal", () => {
  const hostOf = (host: string): string => new URL(`http://${host}/`).hostname;

  it.each([
    "localhost",
    "LOCALHOST.",
    "a.localhost",
    "printer",
    "printer.local",
    "0.0.0.0",
    "10.1.2.3",
    "127.9.9.9",
    "017700000001",
    "100.64.0.1",
    "169.254.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "[::]",
    "[::1]",
    "[fe80::1]",
    "[fc00::1]",
    "[fd12:3456::1]",
    "[ff02::1]",
    "[::ffff:10.0.0.1]",
    "[64:ff9b::a00:1]",
    "[2002:7f00:1::]",
    "[2001:db8::1]",
  ])("%s is", (host) => {
    expect(isInternal(hostOf(host))).toBe(true);
  });

  it.each([
    "example.org",
    "8.8.8.8",
    "172.32.0.1",
    "100.128.0.1",
    "192.169.0.1",
    "[2606:4700::1111]",
    "[::ffff:8.8.8.8]",
    "[2002:808:808::]",
    "internal.example.org",
  ])("%s is not", (host) => {
    expect(isInternal(hostOf(host))).toBe(false);
  });
});
