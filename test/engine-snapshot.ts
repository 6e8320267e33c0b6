import { execFileSync } from "node:child_process";

/** Everything a stack could leave in the Docker engine, as lines. */
export function engineSnapshot(): string[] {
  const list = (kind: string, args: string[]) =>
    execFileSync("docker", [...args], { encoding: "utf8" })
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => `${kind} ${line}`);
  return [
    ...list("container", ["ps", "--all", "--format", "{{.Names}} of {{.Image}}"]),
    ...list("network", ["network", "ls", "--format", "{{.Name}}"]),
    ...list("volume", ["volume", "ls", "--format", "{{.Name}}"]),
    ...list("image", ["image", "ls", "--format", "{{.Repository}}:{{.Tag}}"]).filter(
      // Pulled for the cluster and the build, and kept for the next: not the stack's own.
      (line) => !/image (rancher\/k3s|registry|node):/.test(line),
    ),
  ];
}

/** What is there now and was not before. */
export function added(before: readonly string[], after: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const line of before) counts.set(line, (counts.get(line) ?? 0) + 1);
  return after.filter((line) => {
    const count = counts.get(line) ?? 0;
    counts.set(line, count - 1);
    return count <= 0;
  });
}
