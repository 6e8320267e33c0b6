/** The uids that dashboards, links and other tools find the datasources by. */
export const datasourceUids = {
  prometheus: "prometheus",
  loki: "loki",
  alertmanager: "alertmanager",
} as const;

/** The dashboards' own, fixed so that links to them stay true. */
export const dashboardUids = {
  delayedServer: "delayed-server",
  exercise: "exercise",
  monitoringItself: "monitoring-itself",
} as const;
