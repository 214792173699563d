// `npm start`: builds what has changed and serves the page, cross-origin isolated, on this machine.
import { join } from "node:path";
import { build } from "./build.mjs";
import { serveAndSay } from "./serve.mjs";
import { bootstrap } from "./setup.mjs";
import { main, root, step } from "./steps.mjs";

await main(async () => {
  await bootstrap();
  await step("build", build);
  await serveAndSay(join(root, "dist", "app"), {
    port: Number(process.env.PORT || 5173),
    isolation: !process.argv.includes("--no-isolation"),
    // The large sample is too big for the npm package.
    mounts: { "/samples/": join(root, "build", "samples") },
  });
});
