import { readFileSync } from "node:fs";

/** A tiny file and what each of its bands is, by tests/reference/make_codec_files.py. */
export interface CodecFile {
  readonly name: string;
  /** Base64. */
  readonly file: string;
  readonly sha256: readonly string[];
}

/** Tiny files that GDAL, Pillow and tifffile wrote with each compression. */
export const codecFiles: readonly CodecFile[] = JSON.parse(
  readFileSync(new URL("../reference/codec_files.json", import.meta.url), "utf8"),
).files;

/** Those that need the module of rare compressions. */
export const rareCodecFiles = codecFiles.filter(({ name }) => /^(jxl|webp|lzma|lerc(_deflate|_zstd)?) /.test(name));
