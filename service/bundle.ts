// Bundles a program and its imports into one file, and copies the files of the page next to it.
//
//   node bundle.ts [SOURCE] [OUTPUT]
import { copyFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { build } from "esbuild";

const page = join(import.meta.dirname, "src", "page");

const [source = "src/main.ts", outfile = "dist/server.cjs"] = process.argv.slice(2);
await build({
  entryPoints: [source],
  outfile,
  bundle: true,
  platform: "node",
  target: "node22",
  format: "cjs",
  define: { "import.meta.dirname": "__dirname" },
  logLevel: "warning",
});
for (const file of readdirSync(page)) {
  if (/\.(html|css|js)$/.test(file)) copyFileSync(join(page, file), join(dirname(outfile), file));
}
