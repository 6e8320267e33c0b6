// Deploys only the delayed server, for an existing Prometheus that follows the pod annotations
// `prometheus.io/scrape`, `port` and `path`. For the Prometheus operator, create a PodMonitor for the port
// `http` of pods with the label `app.kubernetes.io/name: delayed-server`.
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
