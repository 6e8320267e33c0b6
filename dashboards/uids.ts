/** The uids of the data sources, used by dashboards, links and other tools. */
export const datasourceUids = {
  prometheus: "prometheus",
  loki: "loki",
  alertmanager: "alertmanager",
} as const;

/** The uids of the dashboards, fixed so that links stay valid. */
export const dashboardUids = {
  delayedServer: "delayed-server",
  exercise: "exercise",
  monitoringItself: "monitoring-itself",
} as const;
