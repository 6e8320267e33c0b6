import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { table } from "../measure.ts";
import { type Candidate, names } from "./candidates.ts";
import { atMost, cells, type Figure, notMeasured, shown } from "./figure.ts";
import type { Fared, Load } from "./load/in-flight.ts";
import { type ByPass, inPasses, measuredOf, medianOf, ratioOf, whyNot } from "./passes.ts";
import { start } from "./server.ts";

const seconds = 5;

type Measured = Fared & { peakMemory: number };
type Results = ByPass<Measured>;

/** Measures the accuracy of delays and the memory with thousands of requests in flight. */
export async function delays(all: readonly Candidate[], passes: number): Promise<Figure[]> {
  const drawing = all.filter(({ paths }) => paths.drawn !== undefined);
  const drawn = async (inFlight: number) => {
    const results = await inPasses(passes, drawing, (candidate) =>
      measure(candidate, { path: candidate.paths.drawn as string, inFlight, seconds, delay: undefined }),
    );
    show(`${shown(inFlight)} in flight, delays drawn from 0 to 2 s`, drawing, results);
    return results;
  };
  const [fewer, more] = [await drawn(5000), await drawn(10_000)];
  const fixed = await inPasses(passes, all, (candidate) =>
    measure(candidate, { path: candidate.paths.second, inFlight: 10_000, seconds, delay: 1000 }),
  );
  show("10,000 in flight, every delay 1 s", all, fixed);

  return [
    ...exact("5,000 in flight at 0–2 s", fewer),
    ...exact("10,000 in flight at 0–2 s", more),
    ...exact("10,000 in flight at 1 s", fixed),
  ];
}

function exact(what: string, results: Results): Figure[] {
  const all = measuredOf(results, names.ours);
  const count = (value: (measured: Measured) => number) => all.reduce((sum, one) => sum + value(one), 0);
  const p99 = ({ excess }: Measured) => excess.p99;
  const memory = ({ peakMemory }: Measured) => peakMemory;
  const timesOf = (peer: string, of: string, value: (measured: Measured) => number, times: number) => {
    const figure = `${what}: ${of}, × of ${peer}`;
    const why = whyNot(results, names.ours) ?? whyNot(results, peer);
    if (why !== undefined) return notMeasured(figure, why);
    return atMost(figure, ratioOf(results, [names.ours, peer], value), times);
  };
  return [
    atMost(
      `${what}: errors`,
      count(({ errors }) => errors),
      0,
      "requests, in all passes",
    ),
    atMost(
      `${what}: served before the delay was over`,
      count(({ early }) => early),
      0,
      "requests, in all passes",
    ),
    timesOf(names.hono, "p99 above the delay", p99, 1),
    timesOf(names.honoPino, "p99 above the delay", p99, 0.5),
    timesOf(names.hono, "peak memory", memory, 1.2),
  ];
}

function show(title: string, all: readonly Candidate[], results: Results): void {
  console.log(`\n## ${title}\n`);
  const columns: Record<string, (measured: Measured) => number> = {
    "p50 above the delay, ms": ({ excess }) => excess.p50,
    "p99, ms": ({ excess }) => excess.p99,
    "longest, ms": ({ excess }) => excess.max,
    "all accepted after, s": ({ acceptedAfter }) => acceptedAfter / 1000,
    "peak MiB": ({ peakMemory }) => peakMemory,
    errors: ({ errors }) => errors,
    early: ({ early }) => early,
  };
  console.log(
    table(
      ["", ...Object.keys(columns)],
      all.map(({ name }) => [
        name,
        ...cells(
          results,
          name,
          Object.values(columns).map((value) => shown(medianOf(results, name, value))),
        ),
      ]),
    ),
  );
  for (const { name } of all) {
    const error = measuredOf(results, name).find(({ firstError }) => firstError !== undefined)?.firstError;
    if (error !== undefined) console.log(`\n${name}: first error: ${error}`);
  }
}

async function measure(candidate: Candidate, load: Omit<Load, "port">): Promise<Measured> {
  const server = await start(candidate);
  try {
    const args = [
      "--disable-warning=ExperimentalWarning",
      join(import.meta.dirname, "load", "run.ts"),
      JSON.stringify({ ...load, port: Number(new URL(server.url).port) }),
    ];
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 120_000 });
    return { ...(JSON.parse(stdout) as Fared), peakMemory: server.peakMemory() ?? Number.NaN };
  } finally {
    await server.stop();
  }
}
