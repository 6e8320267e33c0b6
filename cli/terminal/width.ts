/** Gives a terminal that does not know its width (`docker exec -t`, a serial line) that of most others. */
export function assumeWidth(): void {
  for (const stream of [process.stdout, process.stderr]) {
    if (stream.isTTY && !(stream.columns > 0)) Object.assign(stream, { columns: 80, rows: 24 });
  }
}
