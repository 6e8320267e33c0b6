// Only the delayed server: its pods carry the annotations `prometheus.io/scrape`,
// `port` and `path`, which a Prometheus with a pod job of that kind follows. For one
// of the Prometheus operator, point a PodMonitor at the port `http` of the pods with
// the label `app.kubernetes.io/name: delayed-server`.
import { Config, interpolate } from "@pulumi/pulumi";
import { DelayedServer, ExistingCluster, readContext } from "../../stack/components.ts";

export default () => {
  const config = new Config();
  const cluster = new ExistingCluster("cluster", {
    kubeconfig: readContext(config.require("kubeconfig"), config.require("context")),
    nodeAddress: config.require("nodeAddress"),
  });
  const server = new DelayedServer("server", {
    cluster,
    instance: "delayed-server",
    namespace: "delayed-server",
    image: config.require("image"),
    environment: { DELAY_DISTRIBUTION: "lognormal", DELAY_MAX: "1s" },
  });
  const url = interpolate`http://${cluster.nodeAddress}:${server.nodePort}`;
  return { url, metricsUrl: interpolate`${url}/metrics` };
};
