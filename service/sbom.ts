// Writes the SBOM of the image as CycloneDX (https://cyclonedx.org) during the image build: the
// packages of the bundle, Node with its built-in libraries, and all shared libraries. It contains no
// timestamps or random numbers, so that the same source gives the same image.
//
//   node sbom.ts ROOTFS > sbom.json
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

interface Component {
  "bom-ref"?: string;
  type: string;
  name: string;
  version?: string;
  purl?: string;
  hashes?: { alg: string; content: string }[];
  properties?: { name: string; value: string }[];
  components?: Component[];
}

const [rootfs = "/rootfs"] = process.argv.slice(2);
const bom = ofPackages();
bom.components.push(ofNode(), ...libraries(rootfs));
console.log(JSON.stringify(bom, null, 2));

/** The production packages of the lockfile, from `npm sbom`. */
function ofPackages() {
  const args = ["sbom", "--sbom-format=cyclonedx", "--omit=dev", "--package-lock-only"];
  const { serialNumber: _, metadata, ...rest } = JSON.parse(run("npm", args));
  const { timestamp: __, component, ...about } = metadata;
  const { name } = JSON.parse(readFileSync("package.json", "utf8"));
  const described = { ...about, component: { ...component, type: "application", name } };
  return { ...rest, metadata: described } as { components: Component[] };
}

/** Node and its built-in libraries. */
function ofNode(): Component {
  const { node, ...compiledIn } = process.versions;
  return {
    "bom-ref": `node@${node}`,
    type: "platform",
    name: "node",
    version: node,
    purl: `pkg:generic/node@${node}`,
    hashes: [sha256(process.execPath)],
    components: Object.entries(compiledIn)
      // ABI versions, not libraries.
      .filter(([name]) => name !== "modules" && name !== "napi")
      .map(([name, version]) => ({
        "bom-ref": `node/${name}@${version}`,
        type: "library",
        name,
        version: String(version),
      })),
  };
}

/** The other system files of the image, with the packages that own them. */
function libraries(folder: string): Component[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length))
    .filter((file) => file !== "/usr/bin/node");
  return files.sort().map((file) => ({
    "bom-ref": `file:${file}`,
    type: "library",
    ...(owner(file) ?? { name: file }),
    hashes: [sha256(join(folder, file))],
    properties: [{ name: "latency-lab:path", value: file }],
  }));
}

/** The Debian or Alpine package that owns a file; undefined on other systems. */
function owner(file: string): Pick<Component, "name" | "version" | "purl"> | undefined {
  for (const path of [file, `/usr${file}`]) {
    const debian = tried("dpkg", ["-S", path])?.split(": ")[0];
    if (debian !== undefined) {
      const format = ["Package", "Version", "Architecture"].map((field) => `\${${field}}`).join(" ");
      const [name = "", version = "", arch = ""] = run("dpkg-query", ["-W", `-f=${format}`, debian]).split(
        " ",
      );
      return {
        name,
        version,
        purl: `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=${arch}`,
      };
    }
    const alpine = tried("apk", ["info", "--who-owns", path]);
    const [, name = "", version] = / is owned by (.*)-([^-]+-r\d+)\s*$/.exec(alpine ?? "") ?? [];
    if (version !== undefined) return { name, version, purl: `pkg:apk/alpine/${name}@${version}` };
  }
  return undefined;
}

function sha256(file: string): { alg: string; content: string } {
  return { alg: "SHA-256", content: createHash("sha256").update(readFileSync(file)).digest("hex") };
}

function run(command: string, args: string[]): string {
  return execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
}

function tried(command: string, args: string[]): string | undefined {
  try {
    return run(command, args);
  } catch {
    return undefined;
  }
}
