import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Candidate, names } from "./candidates.ts";
import type { Fared, Load } from "./in-flight.ts";
import { type Figure, figure, Results, shown } from "./results.ts";
import { start } from "./server.ts";

const seconds = 5;

type Measured = Fared & { peakMemory: number };

/** Measures the accuracy of delays and the memory with thousands of requests in flight. */
export async function delays(all: readonly Candidate[], passes: number): Promise<Figure[]> {
  const drawing = all.filter(({ paths }) => paths.drawn !== undefined);
  const drawn = async (inFlight: number) => {
    const results = await Results.measure(passes, drawing, (candidate) =>
      measure(candidate, { path: candidate.paths.drawn as string, inFlight, seconds, delay: undefined }),
    );
    show(`${shown(inFlight)} in flight, delays drawn from 0 to 2 s`, drawing, results);
    return exact(`${shown(inFlight)} in flight at 0–2 s`, results);
  };
  const figures = [...(await drawn(5000)), ...(await drawn(10_000))];
  const fixed = await Results.measure(passes, all, (candidate) =>
    measure(candidate, { path: candidate.paths.second, inFlight: 10_000, seconds, delay: 1000 }),
  );
  show("10,000 in flight, every delay 1 s", all, fixed);
  return [...figures, ...exact("10,000 in flight at 1 s", fixed)];
}

function exact(what: string, results: Results<Measured>): Figure[] {
  const count = (value: (measured: Measured) => number) =>
    results.of(names.ours).reduce((sum, one) => sum + value(one), 0);
  const p99 = ({ excess }: Measured) => excess.p99;
  const memory = ({ peakMemory }: Measured) => peakMemory;
  const none = { atMost: 0 };
  const unit = "requests, in all passes";
  const [errors, early] = [count((one) => one.errors), count((one) => one.early)];
  return [
    figure(`${what}: errors`, errors, none, unit),
    figure(`${what}: served before the delay was over`, early, none, unit),
    results.ratioFigure(`${what}: p99 above the delay`, names.hono, p99, { atMost: 1 }),
    results.ratioFigure(`${what}: p99 above the delay`, names.honoPino, p99, { atMost: 0.5 }),
    results.ratioFigure(`${what}: peak memory`, names.hono, memory, { atMost: 1.2 }),
  ];
}

function show(title: string, all: readonly Candidate[], results: Results<Measured>): void {
  const median = (value: (measured: Measured) => number) => (name: string) =>
    shown(results.median(name, value));
  results.print(title, {
    "p50 above the delay, ms": median(({ excess }) => excess.p50),
    "p99, ms": median(({ excess }) => excess.p99),
    "longest, ms": median(({ excess }) => excess.max),
    "all accepted after, s": median(({ acceptedAfter }) => acceptedAfter / 1000),
    "peak MiB": median(({ peakMemory }) => peakMemory),
    errors: median(({ errors }) => errors),
    early: median(({ early }) => early),
  });
  for (const { name } of all) {
    const error = results.of(name).find(({ firstError }) => firstError !== undefined)?.firstError;
    if (error !== undefined) console.log(`\n${name}: first error: ${error}`);
  }
}

/** Each load has its own process, so that no measurement inherits the memory of a previous one. */
async function measure(candidate: Candidate, load: Omit<Load, "port">): Promise<Measured> {
  const server = await start(candidate);
  try {
    const args = [
      "--disable-warning=ExperimentalWarning",
      join(import.meta.dirname, "in-flight.ts"),
      JSON.stringify({ ...load, port: Number(new URL(server.url).port) }),
    ];
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 120_000 });
    return { ...(JSON.parse(stdout) as Fared), peakMemory: server.peakMemory() ?? Number.NaN };
  } finally {
    await server.stop();
  }
}
