// Plain JavaScript, so that an old Node can run it and report which version is needed.

/** The versions that `runsTypeScript` accepts, for messages. */
export const neededNode = "22.18 or later (of Node 23: 23.6 or later)";

/** Whether a version of Node runs TypeScript without a flag. Pulumi's SDK needs 22. */
export function runsTypeScript(version) {
  const [major, minor] = version.replace(/^v/, "").split(".").map(Number);
  if (major === 22) return minor >= 18;
  if (major === 23) return minor >= 6;
  return major > 23;
}
