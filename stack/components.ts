// The components that other Pulumi programs can import, with their arguments.
export {
  type Cluster,
  ExistingCluster,
  type ExistingClusterArgs,
  type RegistryLogin,
} from "./cluster/cluster.ts";
export { readContext } from "./cluster/kubeconfig.ts";
export { LocalCluster, type LocalClusterArgs } from "./cluster/local.ts";
export { Monitoring, type MonitoringArgs } from "./monitoring/monitoring.ts";
export { chartOf } from "./monitoring/versions.ts";
export { DelayedServer, type DelayedServerArgs } from "./server/deployment.ts";
export { DelayedServerImage, type DelayedServerImageArgs } from "./server/image.ts";
export { Load, type LoadArgs } from "./server/load.ts";
