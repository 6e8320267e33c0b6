/** Labels by which whatever a killed run leaves behind is found again, and nobody else's is touched. */
export const containerLabels = {
  partOf: "app.kubernetes.io/part-of",
  instance: "app.kubernetes.io/instance",
  project: "latency-lab/project",
} as const;

/** The volume of the setting `keepImages`. */
export function imagesVolume(name: string): string {
  return `${name}-images`;
}
