import { satisfies } from "semver";
import { type Advisory, advisories } from "./known.ts";

/** A package of a lockfile. */
export interface Installed {
  readonly name: string;
  readonly version: string;
}

/** Every package that a lockfile names, once for each of its versions. */
export function installedBy(lockfile: string): Installed[] {
  const { packages } = JSON.parse(lockfile) as {
    packages: Record<string, { name?: string; version?: string }>;
  };
  const found = Object.entries(packages).flatMap(([path, { name, version }]): [string, Installed][] => {
    const at = path.lastIndexOf("node_modules/");
    if (at < 0 || version === undefined) return [];
    const full = name ?? path.slice(at + "node_modules/".length);
    return [[`${full}@${version}`, { name: full, version }]];
  });
  return [...new Map(found).values()];
}

/** What of it is known to be vulnerable. */
export function vulnerable(
  installed: readonly Installed[],
  known: readonly Advisory[] = advisories,
): { package: Installed; advisory: Advisory }[] {
  return installed.flatMap((one) =>
    known
      .filter(
        ({ name, range }) => name === one.name && satisfies(one.version, range, { includePrerelease: true }),
      )
      .map((advisory) => ({ package: one, advisory })),
  );
}
