// `npm run audit`: dependencies with known vulnerabilities, of the project and of the image.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { installedBy, vulnerable } from "./installed.ts";
import { advisories, knownUntil } from "./known.ts";
import { npmAudit } from "./registry.ts";

const root = join(import.meta.dirname, "..");
let found = 0;

for (const part of [".", "service"] as const) {
  const what = part === "." ? "the project" : "the image";
  const installed = installedBy(readFileSync(join(root, part, "package-lock.json"), "utf8"));
  const audit = await npmAudit(root, part);
  if ("found" in audit) {
    console.log(
      `${what}: asked the npm registry (npm audit --omit=dev): ${audit.found.length} with advisories`,
    );
    for (const line of audit.found) console.log(`  ${line}`);
    found += audit.found.length;
  } else {
    console.log(`${what}: ${audit.unasked}; only the list of this project was asked,`);
    console.log(`  which has ${advisories.length} ranges and knows of nothing after ${knownUntil}`);
  }
  // The list is asked always: it also covers what only developing takes.
  const listed = vulnerable(installed);
  console.log(`${what}: ${installed.length} packages held against the list: ${listed.length} in it`);
  for (const { package: one, advisory } of listed) {
    console.log(`  ${one.name} ${one.version} is ${advisory.range}: ${advisory.ids.join(", ")}`);
  }
  found += listed.length;
}

process.exitCode = found === 0 ? 0 : 1;
