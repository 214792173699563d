import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

// `web` runs the sources; `cli` and `edge` run what the build left in dist, as users do.
export default defineConfig({
  test: {
    projects: [
      {
        resolve: { alias: { cogrid: at("./web/lib/surface.ts") } },
        test: { name: "web", include: ["tests/web/**/*.test.ts"], environment: "node" },
      },
      {
        test: { name: "cli", include: ["tests/cli/**/*.test.ts"], environment: "node", testTimeout: 60_000, hookTimeout: 60_000 },
      },
      {
        test: { name: "edge", include: ["tests/edge/**/*.test.ts"], environment: "node", testTimeout: 60_000, hookTimeout: 60_000 },
      },
    ],
  },
});
