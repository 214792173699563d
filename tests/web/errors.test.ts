import { describe, expect, it } from "vitest";
import {
  asLibraryError,
  CogridError,
  fromWireError,
  isAbortError,
  isCogridError,
  isTrap,
  toWireError,
} from "../../web/lib/errors.js";

describe("CogridError", () => {
  it("has only the fields that apply", () => {
    const error = new CogridError("source.http_status", "expected 206, got 403", {
      url: "https://example.org/a.tif",
      status: 403,
      range: [0, 16],
    });
    expect(error).toBeInstanceOf(Error);
    expect({ ...error }).toStrictEqual({
      name: "CogridError",
      code: "source.http_status",
      url: "https://example.org/a.tif",
      status: 403,
      range: [0, 16],
    });
    expect(error.message).toBe("expected 206, got 403");
  });

  it("survives a message", () => {
    const error = new CogridError("source.changed", "the file changed", {
      hint: "run it again",
      offset: 8,
      tile: [1, 2],
      cause: new TypeError("x"),
    });
    const back = fromWireError(structuredClone(toWireError(error))) as CogridError;
    expect(back).toBeInstanceOf(CogridError);
    expect({ ...back }).toStrictEqual({
      name: "CogridError",
      code: "source.changed",
      hint: "run it again",
      offset: 8,
      tile: [1, 2],
    });
    expect(back.message).toBe("the file changed");
    expect(back.stack).toBe(error.stack);
    expect(back.cause).toBe("TypeError: x");
  });

  it("keeps cancelling apart", () => {
    const back = fromWireError(structuredClone(toWireError(new DOMException("stop", "AbortError"))));
    expect(isAbortError(back)).toBe(true);
    expect(isCogridError(back)).toBe(false);
  });

  it("is known by its name and code, also from another copy of the package", () => {
    const foreign = Object.assign(new Error("x"), { name: "CogridError", code: "usage.method" });
    expect(isCogridError(foreign)).toBe(true);
    expect(isCogridError(foreign, "usage.method")).toBe(true);
    expect(isCogridError(foreign, "bug")).toBe(false);
    expect(isCogridError(Object.assign(new Error("x"), { code: "ENOENT" }))).toBe(false);
    expect(isCogridError("usage.method")).toBe(false);
  });

  it("takes over what the core throws, without its nulls", () => {
    const thrown = Object.assign(new Error("no such method"), {
      name: "CogridError",
      code: "usage.method",
      hint: "use average",
      url: null,
      status: null,
      range: null,
    });
    const error = asLibraryError(thrown);
    expect(error).toBeInstanceOf(CogridError);
    expect({ ...error }).toStrictEqual({ name: "CogridError", code: "usage.method", hint: "use average" });
  });

  it("calls anything unknown a bug, and a trap fatal", () => {
    const trap = new WebAssembly.RuntimeError("unreachable");
    expect(isTrap(trap)).toBe(true);
    expect(toWireError(trap)).toMatchObject({ kind: "error", code: "bug", fatal: true });
    expect(toWireError(new TypeError("x"))).toMatchObject({
      kind: "error",
      code: "bug",
      fatal: false,
      message: "TypeError: x",
    });
    expect(toWireError("text")).toMatchObject({ code: "bug", message: "text" });
  });
});
