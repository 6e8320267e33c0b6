const figures: string[] = [];

/** Records a measured figure and its target. Figures are printed and never fail a test. */
export function figure(what: string, measured: string, wanted: string): void {
  figures.push(`${what}: ${measured} (${wanted})`);
}

process.on("exit", () => {
  for (const line of figures) console.log(`# ${line}`);
});
