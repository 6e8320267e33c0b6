/** One cell of the terminal, in pixels. */
const cell = { width: 8.4, height: 19 };
const margin = { x: 18, top: 40, bottom: 16 };

/** Renders text as a terminal window. Blocks are drawn as rectangles: fonts leave gaps between them. */
export function terminalSvg(lines: readonly string[]): string {
  const columns = Math.max(...lines.map((line) => line.length));
  const width = Math.ceil(columns * cell.width + 2 * margin.x);
  const height = Math.ceil(lines.length * cell.height + margin.top + margin.bottom);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="14">
<title>${escaped(lines[0] ?? "")}</title>
<rect width="${width}" height="${height}" rx="8" fill="#16191d"/>
<circle cx="20" cy="19" r="6" fill="#ff5f57"/><circle cx="40" cy="19" r="6" fill="#febc2e"/><circle cx="60" cy="19" r="6" fill="#28c840"/>
${lines.flatMap(row).join("\n")}
</svg>
`;
}

function row(line: string, index: number): string[] {
  const top = margin.top + index * cell.height;
  return [...line.matchAll(/█+(?:│█+)?|[^ █│]+(?: [^ █│]+)*|│/g)].flatMap((run) => {
    const x = round(margin.x + run.index * cell.width);
    const length = round(run[0].length * cell.width);
    const marked = run[0].indexOf("│");
    const mark =
      marked < 0 ? [] : [rectangle(round(x + marked * cell.width) + 3, top, 2, cell.height, "#f2b134")];
    if (run[0].startsWith("█")) return [rectangle(x, top + 2, length, cell.height - 4, "#4aa3df"), ...mark];
    if (run[0] === "│") return mark;
    return `<text x="${x}" y="${top + 14}" textLength="${length}" fill="${color(line)}">${escaped(run[0])}</text>`;
  });
}

/** Highlights the command. */
function color(line: string): string {
  return line.startsWith("$") ? "#8fd18f" : "#d7dce2";
}

function rectangle(x: number, y: number, width: number, height: number, fill: string): string {
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${fill}"/>`;
}

function round(pixels: number): number {
  return Number(pixels.toFixed(1));
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
