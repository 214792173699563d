import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const root = fileURLToPath(new URL("../../", import.meta.url));

export interface Tarball {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string; readonly mode: number }[];
}

/** Packs what `npm publish` would send and installs it into an empty project in `folder`. */
export async function packAndInstall(folder: string): Promise<Tarball> {
  const packed = JSON.parse(await npm(root, "pack", "--json", "--ignore-scripts", "--pack-destination", folder));
  const tarball: Tarball = packed[0];
  await writeFile(join(folder, "package.json"), JSON.stringify({ name: "user", private: true, type: "module" }));
  await npm(folder, "install", "--no-audit", "--no-fund", "--prefer-offline", join(folder, tarball.filename));
  return tarball;
}

/** npm's output. */
export async function npm(cwd: string, ...args: string[]): Promise<string> {
  const npmCli = process.env.npm_execpath;
  const [command, first] = npmCli?.endsWith(".js") ? [process.execPath, [npmCli]] : ["npm", []];
  const { stdout } = await promisify(execFile)(command, [...first, ...args], { cwd, maxBuffer: 64 << 20 });
  return stdout;
}
