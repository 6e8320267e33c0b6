// The notes beside the panels.

export const introduction = `
# From a delay to a quantile

A server waits before it answers. This dashboard answers two questions about it, step by step:

1. **How long do requests take?** Asked in Prometheus: steps 1 to 5.
2. **How is the latency distributed, and can the graph be trusted?** Shown in Grafana: steps 6 and 7.

You can read and change the query of every panel: open its menu, then *Explore*.
`;

export const targetIsUp = `
### 1. Is the target up?

Prometheus scrapes every target at an interval and records whether it answered: \`up\` is 1 or 0.

It found the pods by their annotations \`prometheus.io/scrape\`, \`port\` and \`path\` (job \`kubernetes-pods\`). Servers outside the cluster are listed in the job \`httpserver-metrics\`.

**0, or no line at all?** Then nothing below can be right: look at *Status → Targets* in Prometheus.
`;

export const whatIsScraped = `
### 2. What is scraped?

Each row is a metric of the server with its number of series: one per combination of labels, and for a histogram one more per bucket.

A label with an unlimited number of values, such as a path or a user, would create a series for each value. This is why routes are templates.
`;

export const rawBuckets = `
### 3. The raw buckets

A histogram is a set of counters. Each counts the requests that took **at most** its bound \`le\`, so each includes all buckets below it, and \`+Inf\` includes all requests.

This is the histogram of the exercise, \`httpserver_execution_latency_seconds\`. Its bounds start at 1 ms and double. Counters only grow: by themselves they say little.
`;

export const rates = `
### 4. From counters to rates

\`rate(…[…])\` is how much a counter grew per second over a range. It needs two scrapes in the range, handles restarts, and must come **before** \`sum\`: in a sum of counters, a restart can no longer be seen.

\`$__rate_interval\` is a range that fits the scrape interval and the zoom.
`;

export const asQuantiles = `
### 5. From rates to quantiles

\`\`\`
histogram_quantile(0.9,
  sum by (le) (rate(…_bucket[…])))
\`\`\`

finds the bucket in which 90 % of the requests are reached, and interpolates linearly within it. Buckets of several pods can be added; quantiles of several pods cannot be averaged.

Solid lines are measured, dashed lines are configured.
`;

export const asDistribution = `
### 6. The distribution

A quantile is a single number. The heatmap shows the whole distribution: how many requests fell into each bucket, over time.

Uniform delays form an even band from the shortest to the longest. Two bands would be a cache with hits and misses; a thin band far above the rest, the requests that someone complains about.
`;

export const wrongBuckets = `
### 7. What the wrong buckets would show

The same requests, counted in the buckets 0.1 s × 1.5^k, k < 5. They end at half a second. Everything slower is in \`+Inf\`, for which \`histogram_quantile\` can only return the last bound: with delays up to 2 s, p50, p90 and p99 **all** read 0.51 s.

Nothing warns you. The line is calm, the dashboard looks fine, and the number is wrong by half or more. Buckets must cover what is measured, and be narrow where it is read.
`;

export const goOn = `
### Next steps

- Change what the server does (\`npm run up -- --config delayDistribution=bimodal\`) and look at steps 5 to 7 again.
- Make an alert fire: run \`npm run incident\` and watch *Objectives* on the dashboard **Delayed server**.
- Recording rules store some of these results as series: \`route:http_request_duration_seconds:quantile_rate5m\`.
`;
