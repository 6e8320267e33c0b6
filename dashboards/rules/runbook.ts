/** The section of the README that says what an alert means and what to do: its anchor. */
export const runbooks = {
  DelayedServerErrorBudgetBurn: "alert-error-budget-burn",
  DelayedServerLatencyBudgetBurn: "alert-latency-budget-burn",
  DelayedServerDown: "alert-server-down",
  DelayedServerNoData: "alert-no-data",
} as const;

export type AlertName = keyof typeof runbooks;

/** The annotation that leads there: a link where it is known where the README can be read. */
export function runbook(alert: AlertName, readmeUrl: string | undefined): Record<string, string> {
  const anchor = `#${runbooks[alert]}`;
  return readmeUrl === undefined
    ? { runbook: `README.md${anchor}` }
    : { runbook_url: `${readmeUrl}${anchor}` };
}
