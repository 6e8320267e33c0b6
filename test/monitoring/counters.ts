/** Requests that come with every scrape, for so many scrapes. */
export interface Phase {
  /** Answered in time. */
  readonly good: number;
  readonly failed: number;
  /** Answered, but too late. */
  readonly slow: number;
  readonly scrapes: number;
}

/** The labels of the server's series in the stack. */
export const serverLabels =
  'app_kubernetes_io_instance="latency-lab", app_kubernetes_io_name="delayed-server", ' +
  'job="kubernetes-pods", namespace="latency-lab", pod="delayed-server-0", instance="10.0.0.1:19004"';

/** The server's counters over these phases, in promtool's notation. */
export function counters(phases: readonly Phase[]): { series: string; values: string }[] {
  const series = (name: string, labels: string, count: (phase: Phase) => number) => ({
    series: `http_request_duration_seconds_${name}{${serverLabels}, ${labels}}`,
    values: counting(phases, count),
  });
  return [
    series("count", 'status="200"', ({ good, slow }) => good + slow),
    series("count", 'status="500"', ({ failed }) => failed),
    series("bucket", 'status="200", le="2"', ({ good }) => good),
    series("bucket", 'status="500", le="2"', ({ failed }) => failed),
    { series: `httpserver_build_info{${serverLabels}}`, values: constant(1, phases) },
    { series: `up{${serverLabels}}`, values: constant(1, phases) },
  ];
}

function counting(phases: readonly Phase[], count: (phase: Phase) => number): string {
  let value = 0;
  const parts = phases.map((phase) => {
    const step = count(phase);
    const from = value + step;
    value += step * phase.scrapes;
    // `a+bxn` are n + 1 values.
    return `${from}+${step}x${phase.scrapes - 1}`;
  });
  return parts.join(" ");
}

function constant(value: number, phases: readonly Phase[]): string {
  return `${value}x${phases.reduce((sum, { scrapes }) => sum + scrapes, 0) - 1}`;
}
