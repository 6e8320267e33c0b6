import { existingCluster, missing } from "../../test/environment.ts";
import { findHelm } from "../by-hand/helm.ts";
import { findKubectl } from "../by-hand/kubectl.ts";

/** What stacks need to be made at all. */
export async function needsEngine(): Promise<string[]> {
  return missing();
}

/** What stacks on an existing cluster need. */
export async function needsCluster(): Promise<string[]> {
  const existing = existingCluster();
  return [...(await missing()), ...("missing" in existing ? [existing.missing] : [])];
}

/** What the script by hand needs beside that. */
export async function needsTools(): Promise<string[]> {
  const tools = await Promise.all([findHelm(), findKubectl()]);
  return [
    ...(await needsCluster()),
    ...tools.flatMap((found) => ("missing" in found ? [found.missing] : [])),
  ];
}
