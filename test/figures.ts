const figures: string[] = [];

/** Notes a measured figure beside what it should be; timings are shown, and never fail a test. */
export function figure(what: string, measured: string, wanted: string): void {
  figures.push(`${what}: ${measured} (${wanted})`);
}

process.on("exit", () => {
  for (const line of figures) console.log(`# ${line}`);
});
