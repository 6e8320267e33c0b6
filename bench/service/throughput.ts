import { table } from "../measure.ts";
import { type Candidate, names, ours } from "./candidates.ts";
import { atLeast, cells, type Figure, notMeasured, shown } from "./figure.ts";
import { inPasses, medianOf, ratioOf, whyNot } from "./passes.ts";
import { start } from "./server.ts";
import { type Throughput, wrk, wrkIsMissing } from "./wrk.ts";

const connections = 64;
const seconds = { warmUp: 1, measured: 5 };

/** Targets without a delay, as ratios of requests per second. */
const wanted: readonly [string, number][] = [
  [names.honoPino, 1.2],
  [names.honoPrometheus, 0.9],
  [names.hono, 0.75],
  [names.podinfo, 1.1],
];

/** The delayed server on `/`, where the random delays are all 0. */
const drawn = `${names.ours}, \`/\` with DELAY_MAX=0s`;

/** Measures requests per second without delays: the cost of measuring and logging. */
export async function throughput(all: readonly Candidate[], passes: number): Promise<Figure[]> {
  const missing = wrkIsMissing();
  if (missing !== undefined) return [notMeasured("requests per second", missing)];
  const root = ours("--delay-max", "0s");
  const measured = [...all, { ...root, name: drawn, paths: { ...root.paths, now: "/" } }];
  const results = await inPasses(passes, measured, measure);

  const perSecond = ({ requestsPerSecond }: Throughput) => requestsPerSecond;
  const p99 = (one: Throughput) => one.p99;
  console.log(`\n## Without a delay, ${connections} connections\n`);
  console.log(
    table(
      ["", "requests/s", "p99, ms", `${names.ours} is × of it`],
      measured.map(({ name }) => [
        name,
        ...cells(results, name, [
          shown(medianOf(results, name, perSecond)),
          shown(medianOf(results, name, p99)),
          ratioOf(results, [names.ours, name], perSecond).toFixed(2),
        ]),
      ]),
    ),
  );
  return wanted.map(([name, atLeastThis]) => {
    const what = `requests/s without a delay, × of ${name}`;
    const why = whyNot(results, names.ours) ?? whyNot(results, name);
    if (why !== undefined) return notMeasured(what, why);
    return atLeast(what, ratioOf(results, [names.ours, name], perSecond), atLeastThis);
  });
}

async function measure(candidate: Candidate): Promise<Throughput> {
  const server = await start(candidate);
  try {
    const url = `${server.url}${candidate.paths.now}`;
    wrk(url, { connections, seconds: seconds.warmUp });
    return wrk(url, { connections, seconds: seconds.measured });
  } finally {
    await server.stop();
  }
}
