import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { type Recorded, type Recording, record } from "../../test/recorded-program.ts";
import { loadPort, serverPort } from "./pod.ts";

const budget = "kubernetes:policy/v1:PodDisruptionBudget";
const scaler = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler";
const deployment = "kubernetes:apps/v1:Deployment";
const policy = "kubernetes:networking.k8s.io/v1:NetworkPolicy";

describe("the delayed server", () => {
  let lab: Recording;
  before(async () => {
    lab = await record({ delayMax: "3s", replicas: "4" });
  });
  const template = () => lab.one(deployment, "delayed-server").inputs.spec.template;

  it("is annotated for the chart's pod job, with a port in digits", () => {
    const { annotations } = template().metadata;
    assert.equal(annotations["prometheus.io/scrape"], "true");
    assert.equal(annotations["prometheus.io/port"], "19004");
    assert.equal(annotations["prometheus.io/path"], "/metrics");
  });

  it("leaves its Service without annotations of Prometheus, so that nothing is scraped twice", () => {
    const { metadata } = lab.one("kubernetes:core/v1:Service", "delayed-server-service").inputs;
    assert.ok(Object.keys(metadata.annotations).every((key) => !key.startsWith("prometheus.io/")));
  });

  it("waits for its pods only, not for its Service's endpoints", () => {
    const { metadata } = lab.one("kubernetes:core/v1:Service", "delayed-server-service").inputs;
    assert.equal(metadata.annotations["pulumi.com/skipAwait"], "true");
  });

  it("fits Pod Security `restricted`, which its namespace enforces", () => {
    const namespace = lab.one("kubernetes:core/v1:Namespace", "server-namespace").inputs.metadata;
    assert.equal(namespace.labels["pod-security.kubernetes.io/enforce"], "restricted");
    const [server] = template().spec.containers;
    assert.deepEqual(server.securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    assert.equal(template().spec.securityContext.runAsNonRoot, true);
    assert.equal(template().spec.securityContext.seccompProfile.type, "RuntimeDefault");
  });

  it("has no service account token", () => {
    assert.equal(template().spec.automountServiceAccountToken, false);
    const account = lab.one("kubernetes:core/v1:ServiceAccount", "delayed-server-account").inputs;
    assert.equal(account.automountServiceAccountToken, false);
  });

  it("has a probe timeout of seconds, and no variables of other Services", () => {
    const [{ startupProbe, readinessProbe, livenessProbe }] = template().spec.containers;
    for (const probe of [startupProbe, readinessProbe, livenessProbe]) assert.ok(probe.timeoutSeconds >= 5);
    assert.equal(template().spec.enableServiceLinks, false);
  });

  it("gets the settings that differ from the defaults, and time to finish the longest delay", () => {
    const [server] = template().spec.containers;
    assert.ok(
      server.env.some(
        (one: { name: string; value: string }) => one.name === "DELAY_MAX" && one.value === "3s",
      ),
    );
    assert.ok(!server.env.some((one: { name: string }) => one.name === "DELAY_MIN"));
    // Time for the successor to be ready, plus the longest delay.
    assert.ok(template().spec.terminationGracePeriodSeconds >= 30 + 3);
    assert.equal(lab.one(deployment, "delayed-server").inputs.spec.replicas, 4);
  });
});

describe("the server's pods", () => {
  let lab: Recording;
  before(async () => {
    lab = await record({ replicas: "3" });
  });

  it("are spread over nodes and zones, and still run if there is only one", () => {
    const { topologySpreadConstraints } = lab.one(deployment, "delayed-server").inputs.spec.template.spec;
    const keys = topologySpreadConstraints.map((one: { topologyKey: string }) => one.topologyKey);
    assert.deepEqual(keys, ["kubernetes.io/hostname", "topology.kubernetes.io/zone"]);
    for (const { whenUnsatisfiable } of topologySpreadConstraints) {
      assert.equal(whenUnsatisfiable, "ScheduleAnyway");
    }
  });

  it("are evicted from a node one at a time, including the last one", () => {
    const { spec } = lab.one(budget).inputs;
    assert.equal(spec.maxUnavailable, 1);
    assert.equal(spec.minAvailable, undefined);
    const { selector } = lab.one(deployment, "delayed-server").inputs.spec;
    assert.deepEqual(spec.selector, selector);
  });

  it("keep their configured number without an autoscaler", () => {
    assert.deepEqual(
      lab.resources.filter(({ type }) => type === scaler),
      [],
    );
    assert.equal(lab.one(deployment, "delayed-server").inputs.spec.replicas, 3);
  });
});

describe("an autoscaler", () => {
  it("scales from replicas to maxReplicas, and no run resets the number", async () => {
    const lab = await record({ replicas: "2", maxReplicas: "6" });
    const { spec } = lab.one(scaler).inputs;
    assert.equal(spec.minReplicas, 2);
    assert.equal(spec.maxReplicas, 6);
    assert.equal(spec.scaleTargetRef.name, "delayed-server");
    assert.equal(lab.one(deployment, "delayed-server").inputs.spec.replicas, undefined);
  });

  it("has its metrics on a local cluster", async () => {
    const disabled = async (settings: Record<string, string>) => {
      const { command } = (await record(settings)).one("docker:index/container:Container", "node").inputs;
      return command.find((one: string) => one.startsWith("--disable="));
    };
    assert.match(await disabled({}), /metrics-server/);
    assert.doesNotMatch(await disabled({ maxReplicas: "6" }), /metrics-server/);
  });
});

/** Kubernetes' expansion of a value: `$$` is `$`, and `$(NAME)` is a variable. */
function asKubernetesReadsIt(value: string): string {
  return value.replaceAll(/\$\$|\$\(([^)]*)\)/g, (found) => (found === "$$" ? "$" : "expanded"));
}

describe("settings in the environment of pods", () => {
  it("arrive unchanged, without Kubernetes' expansion", async () => {
    const delaySeed = "$(KUBERNETES_SERVICE_HOST)$$($)$";
    const loadMix = "/$(LOAD_TARGET):1,/$$:2";
    const lab = await record({ delaySeed, loadMix });
    const variables = (name: string): { name: string; value: string }[] =>
      lab.one(deployment, name).inputs.spec.template.spec.containers[0].env;
    const value = (pod: string, name: string) =>
      asKubernetesReadsIt(variables(pod).find((one) => one.name === name)?.value ?? "");
    assert.equal(value("delayed-server", "DELAY_SEED"), delaySeed);
    assert.equal(value("load", "LOAD_MIX"), loadMix);
    assert.equal(value("load", "LOAD_TARGET"), "http://delayed-server");
  });
});

const podOf = ({ inputs }: Recorded) => inputs.spec.template;
const environmentOf = (one: Recorded) =>
  Object.fromEntries(
    podOf(one).spec.containers[0].env.map(({ name, value }: { name: string; value: string }) => [
      name,
      value,
    ]),
  );

describe("the load", () => {
  let lab: Recording;
  before(async () => {
    lab = await record({ loadRate: "12.5", loadSeed: "monday" });
  });

  it("runs the server's image with the command to send load", () => {
    const [container] = podOf(lab.one(deployment, "load")).spec.containers;
    const [server] = podOf(lab.one(deployment, "delayed-server")).spec.containers;
    assert.equal(container.image, server.image);
    assert.deepEqual(container.args, ["load"]);
  });

  it("goes to the server's Service at the configured rate, with the generator's other defaults", () => {
    assert.deepEqual(environmentOf(lab.one(deployment, "load")), {
      LOAD_TARGET: "http://delayed-server",
      LOAD_RATE: "12.5",
      LOAD_SEED: "monday",
    });
    assert.equal(environmentOf(lab.one(deployment, "delayed-server")).LOAD_RATE, undefined);
  });

  it("comes from several pods on different nodes if asked for", async () => {
    const { spec } = (await record({ loadReplicas: "3" })).one(deployment, "load").inputs;
    assert.equal(spec.replicas, 3);
    const [constraint] = spec.template.spec.topologySpreadConstraints;
    assert.equal(constraint.topologyKey, "kubernetes.io/hostname");
    assert.deepEqual(constraint.labelSelector.matchLabels["app.kubernetes.io/name"], "load");
    const one = lab.one(deployment, "load").inputs.spec;
    assert.equal(one.replicas, 1);
    assert.equal(one.template.spec.topologySpreadConstraints, undefined);
  });

  it("gets no variables of other Services", () => {
    assert.equal(podOf(lab.one(deployment, "load")).spec.enableServiceLinks, false);
  });

  it("is scraped, and not mistaken for a server", () => {
    const { annotations, labels } = podOf(lab.one(deployment, "load")).metadata;
    assert.equal(annotations["prometheus.io/port"], String(loadPort));
    const { selector } = lab.one("kubernetes:core/v1:Service", "delayed-server-service").inputs.spec;
    assert.notEqual(labels["app.kubernetes.io/name"], selector["app.kubernetes.io/name"]);
  });

  it("meets Pod Security restricted, without a token", () => {
    const { spec } = podOf(lab.one(deployment, "load"));
    assert.equal(spec.automountServiceAccountToken, false);
    assert.equal(spec.securityContext.runAsNonRoot, true);
    assert.deepEqual(spec.containers[0].securityContext.capabilities, { drop: ["ALL"] });
  });

  it("can reach only the server and DNS", () => {
    const { egress } = lab.one(policy, "load-to-server").inputs.spec;
    const [toServer, toDns] = egress;
    const { selector } = lab.one("kubernetes:core/v1:Service", "delayed-server-service").inputs.spec;
    assert.deepEqual(toServer.to, [{ podSelector: { matchLabels: selector } }]);
    assert.deepEqual(
      toDns.ports.map(({ port }: { port: number }) => port),
      [53, 53],
    );
    assert.equal(egress.length, 2);
  });

  it("can be disabled, and its policy too", async () => {
    const without = await record({ load: "false" });
    assert.ok(without.resources.every(({ name }) => !name.startsWith("load")));
    const open = await record({ networkPolicies: "false" });
    assert.ok(open.resources.every(({ type }) => type !== policy));
  });
});

interface Policy {
  metadata: { name: string; namespace: string };
  spec: {
    podSelector: { matchLabels?: Record<string, string> };
    policyTypes: string[];
    ingress?: { from?: unknown[]; ports?: { port: number }[] }[];
    egress?: unknown[];
  };
}

async function policies(settings: Record<string, string> = {}): Promise<Policy[]> {
  const { resources } = await record(settings);
  return resources.filter(({ type }) => type === policy).map(({ inputs }) => inputs as Policy);
}

/** The policy for every pod, and the others by name; the order of policies is not defined. */
function parted(all: Policy[]): [Policy | undefined, ...Policy[]] {
  const everywhere = (one: Policy) => Object.keys(one.spec.podSelector.matchLabels ?? {}).length === 0;
  const others = all.filter((one) => !everywhere(one));
  return [all.find(everywhere), ...others.sort((a, b) => a.metadata.name.localeCompare(b.metadata.name))];
}

describe("NetworkPolicies", () => {
  it("allow only requests to the server's port, and no outgoing connections", async () => {
    const ofServer = (await policies()).filter(
      ({ metadata }) => metadata.namespace === "latency-lab" && metadata.name !== "load",
    );
    const [everything, requests] = parted(ofServer);
    assert.deepEqual(everything?.spec, { podSelector: {}, policyTypes: ["Ingress"] });
    assert.deepEqual(requests?.spec.ingress, [{ ports: [{ protocol: "TCP", port: serverPort }] }]);
    assert.deepEqual(requests?.spec.egress, []);
    assert.deepEqual(requests?.spec.policyTypes, ["Ingress", "Egress"]);
    assert.equal(ofServer.length, 2);
  });

  it("expose only Grafana and Prometheus of the monitoring, and let it scrape itself", async () => {
    const ofMonitoring = (await policies()).filter(
      ({ metadata }) => metadata.namespace === "latency-lab-monitoring",
    );
    const [itself, ...opened] = parted(ofMonitoring);
    assert.deepEqual(itself?.spec.podSelector, {});
    assert.deepEqual(itself?.spec.ingress, [
      {
        from: [
          { podSelector: {} },
          {
            namespaceSelector: { matchLabels: { "app.kubernetes.io/part-of": "latency-lab" } },
            podSelector: { matchLabels: { app: "prometheus", component: "server" } },
          },
        ],
      },
    ]);
    assert.deepEqual(
      opened.map(({ spec }) => spec.ingress?.[0]?.ports?.map(({ port }) => port)),
      [[3000], [9090]],
    );
  });

  it("can be disabled", async () => {
    assert.deepEqual(await policies({ networkPolicies: "false" }), []);
  });
});
