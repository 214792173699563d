import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Both headers together make a page cross-origin isolated, which shared memory and so threads ask for. */
const isolation = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

export default defineConfig({
  root: here("."),
  base: "./",
  plugins: [svelte()],
  build: {
    target: "esnext",
    outDir: here("../../dist/app"),
    // The samples are made into the same folder by another step of the build.
    emptyOutDir: false,
    // The map library is most of it, and is needed at once.
    chunkSizeWarningLimit: 1500,
  },
  worker: { format: "es" },
  server: { headers: isolation },
  preview: { headers: isolation },
});
