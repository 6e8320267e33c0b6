import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { isSecret } from "@pulumi/pulumi";
import { type Recorded, type Recording, record, resolved } from "../test/recorded-program.ts";

const deployment = "kubernetes:apps/v1:Deployment";
const release = "kubernetes:helm.sh/v3:Release";
const container = "docker:index/container:Container";
const isInCluster = ({ type }: Recorded) => type.startsWith("kubernetes:");

describe("versions=maintained", () => {
  it("installs one release under the same name, from the chart that contains the maintained charts", async () => {
    const { inputs } = (await record({ versions: "maintained" })).one(release);
    assert.equal(inputs.name, (await record()).one(release).inputs.name);
    assert.match(inputs.chart, /charts\/maintained$/);
    assert.equal(inputs.values.loki.deploymentMode, "Monolithic");
  });

  it("replaces the release when it is changed: a StatefulSet can't become another chart's", async () => {
    const now = await record({ versions: "maintained" });
    const before = await record();
    const { replaceOnChanges = [], deleteBeforeReplace } = now.one(release).options;
    assert.equal(deleteBeforeReplace, true);
    assert.ok(replaceOnChanges.includes("values.loki.deploymentMode"));
    assert.equal(before.one(release).inputs.values.loki.deploymentMode, undefined);
  });

  it("changes no other object but the dashboard of the monitoring itself", async () => {
    const rest = async (versions: string) =>
      (await record({ versions })).resources
        .filter(
          ({ type, name }) =>
            isInCluster({ type } as Recorded) && type !== release && !/itself|admin/.test(name),
        )
        .map(({ type, name, inputs }) => ({ type, name, inputs }));
    assert.deepEqual(await rest("maintained"), await rest("chart"));
  });

  it("links to Prometheus 3's page of graphs", async () => {
    const url = await resolved((await record({ versions: "maintained" })).outputs.latencyQueryUrl);
    assert.match(url, /:30900\/query\?g0\.expr=.*&g0\.tab=graph&/);
    assert.match(await resolved((await record()).outputs.latencyQueryUrl), /:30900\/graph\?.*&g0\.tab=0&/);
  });
});

describe("a local cluster", () => {
  let lab: Recording;
  before(async () => {
    lab = await record();
  });

  it("publishes every port on 127.0.0.1 only", () => {
    const ports = lab.resources
      .filter(({ type }) => type === container)
      .flatMap(({ inputs }) => inputs.ports as { ip: string; external: number }[]);
    assert.deepEqual(ports.map(({ external }) => external).toSorted(), [30300, 30900, 31904, 5050, 6550]);
    for (const { ip } of ports) assert.equal(ip, "127.0.0.1");
  });

  it("names its containers and its network after the stack", () => {
    assert.equal(lab.one(container, "node").inputs.name, "latency-lab-k3s");
    assert.equal(lab.one(container, "registry").inputs.name, "latency-lab-registry");
    assert.equal(lab.one("docker:index/network:Network").inputs.name, "latency-lab");
  });

  it("deletes everything inside with its container", () => {
    const inside = lab.resources.filter(isInCluster);
    assert.ok(inside.length >= 7);
    for (const { name, options } of inside) {
      const withWhat = (options.deletedWith as { __name?: string } | undefined)?.__name;
      assert.equal(withWhat, "node", `${name} would be deleted piece by piece`);
    }
  });

  it("pushes the image to its own registry and runs it by digest", () => {
    const image = lab.one("docker:index/image:Image").inputs;
    assert.equal(image.imageName, "127.0.0.1:5050/latency-lab/delayed-server:dev");
    assert.notEqual(image.skipPush, true);
    const [server] = lab.one(deployment, "delayed-server").inputs.spec.template.spec.containers;
    assert.equal(image.build.platform, "linux/arm64");
    assert.match(server.image, /^127\.0\.0\.1:5050\/latency-lab\/delayed-server@sha256:[0-9a-f]{64}$/);
  });

  it("builds for the configured platform and on the configured base image, from the mirror and by digest", async () => {
    const usual = lab.one("docker:index/image:Image").inputs.build;
    assert.equal(usual.args.BASE_IMAGE, undefined);
    const digest = `sha256:${"a".repeat(64)}`;
    const settings = {
      imagePlatform: "linux/amd64",
      baseImage: "site/base:1",
      imageMirror: "mirror.example:5000",
    };
    const digests = new Map([["site/base:1", digest]]);
    const { build } = (await record(settings, "dev", {}, { digests })).one("docker:index/image:Image").inputs;
    assert.equal(build.platform, "linux/amd64");
    assert.equal(build.args.BASE_IMAGE, `mirror.example:5000/site/base:1@${digest}`);
  });

  it("lets the node pull pushed images from the registry's container", () => {
    const [upload] = lab.one(container, "node").inputs.uploads;
    assert.equal(upload.file, "/etc/rancher/k3s/registries.yaml");
    assert.match(upload.content, /127\.0\.0\.1:5050:?"?:\s+endpoint:\s+- http:\/\/registry:5000/);
  });

  it("exports URLs that a browser on this machine can open", async () => {
    const { outputs } = lab;
    assert.equal(await resolved(outputs.grafanaUrl), "http://127.0.0.1:30300");
    assert.equal(await resolved(outputs.prometheusUrl), "http://127.0.0.1:30900");
    assert.equal(await resolved(outputs.serverUrl), "http://127.0.0.1:31904");
    assert.equal(await resolved(outputs.metricsUrl), "http://127.0.0.1:31904/metrics");
  });

  it("keeps the password and the kubeconfig secret", async () => {
    assert.equal(await isSecret(lab.outputs.grafanaPassword), true);
    assert.equal(await isSecret(lab.outputs.kubeconfig), true);
    const password = await resolved(lab.outputs.grafanaPassword);
    assert.match(password, /^[a-zA-Z2-9]{24}$/);
    // The chart gets the Secret's name, never the password.
    assert.ok(!JSON.stringify(lab.one(release).inputs).includes(password));
  });
});

describe("an existing cluster", () => {
  const settings = { cluster: "existing", context: "test", registry: "registry.example:5000/team" };

  it("creates no container", async () => {
    const lab = await record(settings);
    assert.deepEqual(
      lab.resources.filter(({ type }) => type.startsWith("docker:index/container")),
      [],
    );
  });

  it("deletes its objects one by one", async () => {
    const lab = await record(settings);
    for (const { options } of lab.resources.filter(isInCluster)) assert.equal(options.deletedWith, undefined);
  });

  it("pushes to the registry of the settings", async () => {
    const lab = await record(settings);
    const image = lab.one("docker:index/image:Image").inputs;
    assert.equal(image.imageName, "registry.example:5000/team/latency-lab/delayed-server:dev");
    // The platform of the cluster's nodes, not of the machine that builds the image.
    assert.equal(image.build.platform, "linux/amd64");
  });

  it("gives the cluster the registry's login, and keeps its password secret", async () => {
    const lab = await record({ ...settings, registryUsername: "me" }, "dev", { registryPassword: "hunter2" });
    const { login, pull } = {
      login: lab.one("docker:index/image:Image").inputs.registry,
      pull: lab.one("kubernetes:core/v1:Secret", "delayed-server-registry").inputs,
    };
    assert.equal(login.server, "registry.example:5000");
    const config = JSON.parse(pull.stringData[".dockerconfigjson"]);
    assert.deepEqual(Object.keys(config.auths), ["registry.example:5000"]);
    const account = lab.one("kubernetes:core/v1:ServiceAccount", "delayed-server-account").inputs;
    assert.deepEqual(account.imagePullSecrets, [{ name: "delayed-server-registry" }]);
    const server = lab.one(deployment, "delayed-server").inputs;
    assert.ok(!JSON.stringify(server).includes("hunter2"));
  });

  it("runs the server on nodes that can run its image, with the pod settings", async () => {
    const lab = await record({
      ...settings,
      labels: "team=payments",
      annotations: "linkerd.io/inject=disabled",
      tolerations: "dedicated=lab:NoSchedule,*:NoExecute",
      nodeSelector: "pool=lab",
      priorityClass: "low",
      resources: "*=1m/1Mi-2/2Gi",
    });
    for (const name of ["delayed-server", "load"]) {
      const { metadata, spec } = lab.one(deployment, name).inputs.spec.template;
      assert.equal(metadata.labels.team, "payments");
      assert.equal(metadata.annotations["linkerd.io/inject"], "disabled");
      assert.deepEqual(spec.nodeSelector, {
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        pool: "lab",
      });
      assert.deepEqual(spec.tolerations, [
        { key: "dedicated", operator: "Equal", value: "lab", effect: "NoSchedule" },
        { operator: "Exists", effect: "NoExecute" },
      ]);
      assert.equal(spec.priorityClassName, "low");
      assert.equal(spec.enableServiceLinks, false);
      assert.deepEqual(spec.containers[0].resources, {
        requests: { cpu: "1m", memory: "1Mi" },
        limits: { cpu: "2", memory: "2Gi" },
      });
      const { matchLabels } = lab.one(deployment, name).inputs.spec.selector;
      assert.equal(matchLabels.team, undefined, "a label that changes must not select");
    }
  });

  it("sets the configured labels on both namespaces, including the Pod Security level", async () => {
    const own = "pod-security.kubernetes.io/enforce";
    const levels = async (raw: Record<string, string>) => {
      const { resources } = await record({ ...settings, ...raw });
      const namespaces = resources.filter(({ type }) => type === "kubernetes:core/v1:Namespace");
      return namespaces.map(({ inputs }) => [inputs.metadata.labels[own], inputs.metadata.labels.team]);
    };
    assert.deepEqual(await levels({ labels: "team=a" }), [
      ["restricted", "a"],
      ["privileged", "a"],
    ]);
    assert.deepEqual(await levels({ nodeAccess: "false" }), [
      ["restricted", undefined],
      ["restricted", undefined],
    ]);
    assert.deepEqual(await levels({ labels: `${own}=baseline` }), [
      ["baseline", undefined],
      ["baseline", undefined],
    ]);
  });

  it("copies the image pull Secret into both namespaces, and keeps it secret", async () => {
    const pullSecret = {
      name: "registry",
      type: "kubernetes.io/dockerconfigjson",
      data: { ".dockerconfigjson": "aHVudGVyMg" },
    };
    const existing = {
      kubeconfig: "",
      nodeAddress: "192.0.2.1",
      namespaces: [],
      architecture: "amd64",
      pullSecret,
    };
    const lab = await record({ ...settings, imagePullSecret: "default/registry" }, "dev", {}, { existing });
    for (const name of ["server-pull-secret", "monitoring-pull-secret"]) {
      const { inputs, readable } = lab.one("kubernetes:core/v1:Secret", name);
      assert.equal(inputs.metadata.name, "registry");
      assert.deepEqual(inputs.data, pullSecret.data);
      assert.ok(!readable.includes("aHVudGVyMg"));
    }
    const account = lab.one("kubernetes:core/v1:ServiceAccount", "delayed-server-account").inputs;
    assert.deepEqual(account.imagePullSecrets, [{ name: "registry" }]);
  });

  it("without a registry pushes nothing, and still rolls out when the image changes", async () => {
    const { registry: _, ...shared } = settings;
    const lab = await record(shared);
    const image = lab.one("docker:index/image:Image").inputs;
    assert.equal(image.skipPush, true);
    const { metadata, spec } = lab.one(deployment, "delayed-server").inputs.spec.template;
    assert.equal(spec.containers[0].image, "latency-lab/delayed-server:dev");
    assert.match(metadata.annotations["latency-lab/image-digest"], /sha256/);
  });

  it("uses the configured node address", async () => {
    const lab = await record({ ...settings, nodeAddress: "lab.example" });
    assert.equal(await resolved(lab.outputs.grafanaUrl), "http://lab.example:30300");
  });

  for (const nodeAddress of ["::1", "[::1]"]) {
    it(`writes an IPv6 address into URLs in brackets: ${nodeAddress}`, async () => {
      const { outputs } = await record({ ...settings, nodeAddress });
      assert.equal(await resolved(outputs.serverUrl), "http://[::1]:31904");
      for (const url of [
        outputs.grafanaUrl,
        outputs.prometheusUrl,
        outputs.metricsUrl,
        outputs.dashboardUrl,
      ]) {
        assert.equal(new URL(await resolved(url)).hostname, "[::1]");
      }
    });
  }
});

describe("no secret is readable in the state", () => {
  const kubeconfig = "apiVersion: v1\nkind: Config\nusers: [{ user: { client-key-data: c2VjcmV0LWtleQ } }]\n";
  const existing = { kubeconfig, nodeAddress: "192.0.2.1", namespaces: [], architecture: "amd64" };
  const found = { existing, waitForKubeconfig: async () => kubeconfig };
  const settings = {
    registry: "registry.example/team",
    registryUsername: "me",
    lokiUrl: "https://loki.example",
    lokiUsername: "me",
    persistence: "true",
  };

  for (const cluster of ["local", "existing"]) {
    it(`of a cluster of kind ${cluster}: neither password, login nor kubeconfig`, async () => {
      const lab = await record(
        { ...settings, cluster, context: "lab" },
        "dev",
        { registryPassword: "hunter2hunter2", lokiPassword: "hunter3hunter3" },
        found,
      );
      const password = await resolved(lab.outputs.grafanaPassword);
      const logins = ["me:hunter2hunter2", "me:hunter3hunter3"].map((one) =>
        Buffer.from(one).toString("base64"),
      );
      const secrets = [password, "hunter2hunter2", "hunter3hunter3", ...logins, "c2VjcmV0LWtleQ"];
      const given = JSON.stringify(lab.resources.map(({ inputs }) => inputs));
      // Each is passed to some resource, so that the test would find it if it were readable.
      for (const secret of secrets) assert.ok(given.includes(secret), secret);
      for (const { type, name, readable } of lab.resources) {
        for (const secret of secrets) assert.ok(!readable.includes(secret), `${type} ${name}`);
      }
      const secretOutputs = await Promise.all(
        Object.entries(lab.outputs).map(async ([name, output]) => ((await isSecret(output)) ? name : "")),
      );
      assert.deepEqual(secretOutputs.filter(Boolean).sort(), ["grafanaPassword", "kubeconfig"]);
    });
  }
});

describe("two stacks side by side", () => {
  it("share no name and no port", async () => {
    const [dev, other] = [await record({}, "dev"), await record({}, "test")];
    const claims = ({ resources }: Recording) =>
      resources.flatMap(({ type, inputs }) => {
        const ports = (inputs.ports ?? []) as { external: number }[];
        const name =
          type === container || type.endsWith(":Namespace") || type === release ? [nameOf(inputs)] : [];
        return [...name, ...ports.map(({ external }) => String(external))];
      });
    const taken = new Set(claims(dev));
    assert.ok(taken.size >= 10);
    assert.deepEqual(
      claims(other).filter((one) => taken.has(one)),
      [],
    );
  });
});

function nameOf(inputs: { name?: string; metadata?: { name?: string } }): string {
  return inputs.metadata?.name ?? inputs.name ?? "";
}
