import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { table } from "../measure.ts";
import { type Candidate, names } from "./candidates.ts";
import { atMost, type Figure, notMeasured, shown } from "./figure.ts";
import type { Fared, Load } from "./load/in-flight.ts";
import { type ByPass, inPasses, medianOf, ratioOf } from "./passes.ts";
import { start } from "./server.ts";

const seconds = 5;

type Measured = Fared & { peakMemory: number };
type Results = ByPass<Measured>;

/** Thousands of requests in flight: how exactly their delays are kept, and at what cost. */
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
    ...exact("5,000 in flight at 0–2 s", fewer, 10),
    ...exact("10,000 in flight at 0–2 s", more, 50),
    notAbove(`10,000 in flight at 1 s: p99 above the delay, × of ${names.podinfo}`, fixed, {
      peer: names.podinfo,
      value: ({ excess }) => excess.p99,
      times: 1,
    }),
    atMost(
      "10,000 in flight: until all connections are accepted",
      medianOf(more, names.ours, ({ acceptedAfter }) => acceptedAfter / 1000),
      1.5,
      "s",
    ),
    notAbove(`10,000 in flight at 1 s: peak memory, × of ${names.httpbin}`, fixed, {
      peer: names.httpbin,
      value: ({ peakMemory }) => peakMemory,
      times: 1.5,
    }),
  ];
}

function exact(what: string, results: Results, milliseconds: number): Figure[] {
  const all = results.get(names.ours) ?? [];
  const count = (value: (measured: Measured) => number) => all.reduce((sum, one) => sum + value(one), 0);
  return [
    atMost(
      `${what}: errors, in all passes`,
      count(({ errors }) => errors),
      0,
      "requests",
    ),
    atMost(
      `${what}: served before the delay was over, in all passes`,
      count(({ early }) => early),
      0,
      "requests",
    ),
    atMost(
      `${what}: p99 above the delay`,
      medianOf(results, names.ours, ({ excess }) => excess.p99),
      milliseconds,
      "ms",
    ),
  ];
}

function notAbove(
  what: string,
  results: Results,
  { peer, value, times }: { peer: string; value: (measured: Measured) => number; times: number },
): Figure {
  if (!results.has(peer)) return notMeasured(what, "it is missing");
  const ratio = ratioOf(results, [names.ours, peer], value);
  return { what, measured: ratio.toFixed(2), wanted: `≤ ${times}`, reached: ratio <= times };
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
        ...Object.values(columns).map((value) => shown(medianOf(results, name, value))),
      ]),
    ),
  );
  for (const { name } of all) {
    const error = results.get(name)?.find(({ firstError }) => firstError !== undefined)?.firstError;
    if (error !== undefined) console.log(`\n${name}: the first error was: ${error}`);
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
