// The same resources, written as tutorials do: every package by its root.
import * as docker from "@pulumi/docker";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

async function program() {
  const engine = new docker.Provider("docker", {});
  const network = new docker.Network("network", { name: "lab" }, { provider: engine });
  const k3s = new docker.RemoteImage("k3s-image", { name: "rancher/k3s:v1.33.5-k3s1" }, { provider: engine });
  const registryImage = new docker.RemoteImage(
    "registry-image",
    { name: "registry:2" },
    { provider: engine },
  );
  new docker.Container(
    "registry",
    { image: registryImage.imageId, networksAdvanced: [{ name: network.name }] },
    { provider: engine },
  );
  const node = new docker.Container(
    "node",
    { image: k3s.imageId, privileged: true, networksAdvanced: [{ name: network.name }] },
    { provider: engine },
  );
  const image = new docker.Image(
    "image",
    { imageName: "127.0.0.1:5050/delayed-server:dev", build: { context: "service" } },
    { provider: engine },
  );
  const provider = new k8s.Provider("kubernetes", { kubeconfig: node.id.apply(() => "apiVersion: v1") });
  const options = { provider, deletedWith: node };
  const namespaces = ["server", "monitoring"].map(
    (name) => new k8s.core.v1.Namespace(name, { metadata: { name } }, options),
  );
  const labels = { app: "delayed-server" };
  new k8s.core.v1.ServiceAccount("account", { metadata: { namespace: "server" } }, options);
  new k8s.core.v1.Service(
    "service",
    {
      metadata: { namespace: "server" },
      spec: { type: "NodePort", selector: labels, ports: [{ port: 80 }] },
    },
    options,
  );
  for (const name of ["delayed-server", "load"]) {
    new k8s.apps.v1.Deployment(
      name,
      {
        metadata: { namespace: "server" },
        spec: {
          selector: { matchLabels: labels },
          template: {
            metadata: { labels },
            spec: { containers: [{ name, image: image.repoDigest }] },
          },
        },
      },
      options,
    );
  }
  for (const name of ["server", "load", "prometheus", "loki", "grafana", "alertmanager", "dns", "scrape"]) {
    new k8s.networking.v1.NetworkPolicy(name, { spec: { podSelector: { matchLabels: { name } } } }, options);
  }
  new k8s.core.v1.Secret("admin", { stringData: { password: "secret" } }, options);
  for (const name of ["delayed-server", "exercise", "monitoring-itself"]) {
    new k8s.core.v1.ConfigMap(name, { data: { [`${name}.json`]: "{}" } }, options);
  }
  new k8s.helm.v3.Release(
    "loki-stack",
    { chart: "loki-stack", namespace: namespaces[1]?.metadata.name },
    options,
  );
}

async function main() {
  await pulumi.runtime.setMocks(
    { newResource: ({ name, inputs }) => ({ id: name, state: inputs }), call: ({ inputs }) => inputs },
    "root-imports",
    "dev",
  );
  await pulumi.runtime.runInPulumiStack(program);
  await pulumi.runtime.disconnect();
}

main();
