/** What Alertmanager does with the alerts (https://prometheus.io/docs/alerting/latest/configuration/). */
interface AlertRouting {
  readonly route: Readonly<Record<string, unknown>>;
  readonly inhibit_rules: readonly Readonly<Record<string, unknown>>[];
  readonly receivers: readonly { readonly name: string }[];
}

/**
 * One notification for what belongs together, and no ticket about what somebody
 * is called for already. Nobody is called as it stands: alerts are there to be
 * seen in Grafana and in Alertmanager itself.
 */
export function alertRouting(): AlertRouting {
  const receiver = "nobody";
  return {
    route: {
      receiver,
      group_by: ["alertname", "slo"],
      // Long enough for both windows' alerts to come together, short enough to be watched.
      group_wait: "5s",
      group_interval: "30s",
      repeat_interval: "4h",
    },
    inhibit_rules: [
      {
        source_matchers: ['severity="page"'],
        target_matchers: ['severity="ticket"'],
        equal: ["alertname", "slo"],
      },
    ],
    receivers: [{ name: receiver }],
  };
}
