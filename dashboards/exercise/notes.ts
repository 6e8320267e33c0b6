// What the dashboard says beside its panels.

export const introduction = `
# From a delay to a quantile

A server waits before it answers. Two questions about it, each answered here step by step, from what the server says to the number:

1. **How long do its requests take?** Asked in Prometheus: steps 1 to 5.
2. **How is that distributed, and can the picture be trusted?** Shown in Grafana: steps 6 and 7.

Every panel's query can be read and changed: its menu, then *Explore*.
`;

export const targetIsUp = `
### 1. Is the target up?

Prometheus asks every target for its metrics at an interval and notes whether it answered: \`up\` is 1 or 0.

The pods were found by their annotations \`prometheus.io/scrape\`, \`port\` and \`path\` (job \`kubernetes-pods\`); a server outside the cluster is named in the job \`httpserver-metrics\`.

**0, or no line at all?** Then nothing below can be right: look at *Status → Targets* in Prometheus.
`;

export const whatIsScraped = `
### 2. What is scraped?

Each row is a metric of the server and how many series it has: one for every combination of its labels, and for a histogram one more for every bucket.

A label whose values never end (a path, a user) would be a series for each: routes are templates for that reason.
`;

export const rawBuckets = `
### 3. The raw buckets

A histogram is a set of counters. Each counts the requests that took **at most** its bound \`le\`, so that each holds all the ones below it, and \`+Inf\` all requests.

Here the exercise's own histogram, \`httpserver_execution_latency_seconds\`: bounds from 1 ms, each twice the one before. Counters only ever grow: by themselves they say little.
`;

export const rates = `
### 4. From counters to rates

\`rate(…[…])\` is how much a counter grew per second, over a range. It needs two scrapes in the range, sees restarts, and must come **before** \`sum\`: once counters are added up, a restart can't be seen any more.

\`$__rate_interval\` is a range that fits the scrape interval and the zoom.
`;

export const asQuantiles = `
### 5. From rates to quantiles

\`\`\`
histogram_quantile(0.9,
  sum by (le) (rate(…_bucket[…])))
\`\`\`

finds the bucket in which nine of ten requests are over, and draws a straight line through it. Buckets of all pods can be added up; quantiles of pods can't be averaged.

Solid lines are measured, dashed ones are what the server was told to do.
`;

export const asDistribution = `
### 6. The distribution

A quantile is one number of many. The heatmap shows them all: how many requests fell into each bucket, over time.

Uniform delays, each as likely as any other, are an even band from the shortest to the longest. Two bands would be a cache that hits and misses; a thin one far above the rest, the requests somebody complains about.
`;

export const wrongBuckets = `
### 7. What a wrong choice of buckets would show

The same requests, counted in buckets 0.1 s × 1.5^k, k < 5. They end at half a second; everything slower is in \`+Inf\`, of which \`histogram_quantile\` knows nothing and answers with the last bound: of delays up to 2 s, p50, p90 and p99 **all** read 0.51 s.

Nothing warns of it. The line looks calm, the dashboard looks fine, and the number is wrong by half and more. Buckets have to cover what is measured, and be narrow where it is read.
`;

export const goOn = `
### Go on

- Change what the server does (\`npm run up -- --config delayDistribution=bimodal\`) and look at steps 5 to 7 again.
- Make an alert fire: \`npm run incident\`, and watch *Objectives* on the dashboard **Delayed server**.
- The recording rules keep some of these answers as series of their own: \`route:http_request_duration_seconds:quantile_rate5m\`.
`;
