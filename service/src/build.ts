import packageJson from "../package.json" with { type: "json" };

/** Which build this is: named when the image was built, or else the version in package.json. */
export function buildInfo(): { version: string; revision: string } {
  const { BUILD_VERSION, BUILD_REVISION } = process.env;
  return { version: BUILD_VERSION || packageJson.version, revision: BUILD_REVISION || "unknown" };
}
