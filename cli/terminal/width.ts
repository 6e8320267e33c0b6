/** Assumes 80×24 for a terminal that does not report its size (`docker exec -t`, a serial line). */
export function assumeWidth(): void {
  for (const stream of [process.stdout, process.stderr]) {
    if (stream.isTTY && !(stream.columns > 0)) Object.assign(stream, { columns: 80, rows: 24 });
  }
}
