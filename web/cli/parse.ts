import { readFile } from "node:fs/promises";
import { type Bounds, CogridError, type GridDefinition, type Window } from "cogrid";
import { InvalidArgumentError } from "commander";

/** A whole number that counts from `least`. */
export function whole(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least)
      throw new InvalidArgumentError(`Expected a whole number ≥ ${least}.`);
    return value;
  };
}

export function positive(text: string): number {
  const value = finite(text);
  if (!(value > 0)) throw new InvalidArgumentError("Expected a number above 0.");
  return value;
}

/** `left,top,right,bottom` in pixels. */
export function window(text: string): Window {
  const numbers = four(text);
  const [left, top, right, bottom] = numbers;
  if (!numbers.every((n) => Number.isSafeInteger(n) && n >= 0) || right <= left || bottom <= top) {
    throw new InvalidArgumentError("Expected left,top,right,bottom in whole pixels, right and bottom exclusive.");
  }
  return numbers;
}

/** `minX,minY,maxX,maxY`. */
export function bounds(text: string): Bounds {
  return four(text);
}

/** Names between commas. */
export function names(text: string): string[] {
  const parts = text.split(",").map((part) => part.trim());
  if (parts.some((part) => part === "")) throw new InvalidArgumentError("Expected names between commas.");
  return parts;
}

/** A band, or several between commas; counted from 1. */
export function bands(text: string): number | number[] {
  const numbers = names(text).map(whole(1));
  const [only] = numbers;
  return numbers.length === 1 && only !== undefined ? only : numbers;
}

/** `none`, `auto` or a level. */
export function overview(text: string): "none" | "auto" | number {
  return text === "none" || text === "auto" ? text : whole(0)(text);
}

export function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidArgumentError("Expected JSON.");
  }
}

/**
 * The definition in a grid's JSON file; `undefined` when there is no such file.
 *
 * @throws CogridError `usage.grid_file`
 */
export async function gridFile(path: string): Promise<GridDefinition | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "ENAMETOOLONG"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw new CogridError("usage.grid_file", `${path} cannot be read`, { cause: error });
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && "type" in value) return value as GridDefinition;
  } catch (error) {
    throw new CogridError("usage.grid_file", `${path} is not JSON: ${(error as Error).message}`, { cause: error });
  }
  throw new CogridError("usage.grid_file", `expected an object with "type" in ${path}`, {
    hint: 'such as {"type":"square","crs":"EPSG:6933","cellSize":5000,"bounds":[…],"boundsCrs":"EPSG:4326"}',
  });
}

function four(text: string): [number, number, number, number] {
  const [a, b, c, d, ...rest] = text.split(",").map(finite);
  if (a === undefined || b === undefined || c === undefined || d === undefined || rest.length > 0) {
    throw new InvalidArgumentError("Expected four numbers between commas.");
  }
  return [a, b, c, d];
}

function finite(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value))
    throw new InvalidArgumentError(`Expected a number, got "${text}".`);
  return value;
}
