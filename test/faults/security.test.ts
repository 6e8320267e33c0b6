// What other pods, users without the password, and readers of files, logs and images must not get.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import { CoreV1Api, type KubeConfig, type V1Pod } from "@kubernetes/client-node";
import { eventually } from "../../cli/clients/eventually.ts";
import { kubeConfigOf } from "../cluster.ts";
import { airGappedSettings, noExistingCluster, notAirGapped } from "../environment.ts";
import { flags, StackUnderTest, type UpResult } from "../stack.ts";
import { nodePod, notOpen, openOf, reachedFrom, reachedWithin, type Targets } from "./foreign-pods.ts";
import { CommandLines, credentialsIn, Secrets } from "./secrets.ts";

const skip = noExistingCluster();
const release = "loki-s-security";
const elsewhere = "s-foreign";

describe("security", { skip }, () => {
  let stack: StackUnderTest;
  let lab: UpResult;
  let config: KubeConfig;
  let api: CoreV1Api;
  let pods: V1Pod[];
  let password: string;
  let secrets: Secrets;
  let commandLines: string;
  const said: string[] = [];

  before(async () => {
    stack = new StackUnderTest("s-security", "existing", {
      ...(notAirGapped() ? {} : airGappedSettings()),
      preset: "full",
      // Must arrive as it is: Kubernetes would expand the variable.
      delaySeed: "$(KUBERNETES_SERVICE_HOST)$$",
    });

    config = kubeConfigOf(stack.settings);
    api = config.makeApiClient(CoreV1Api);
    await stack.json("pin", ...flags(stack.settings));
    const watched = new CommandLines();
    lab = await stack.up({ imageDigests: "images.lock" });
    commandLines = watched.stop();
    for (const command of ["verify", "status", "up"]) {
      const args = command === "up" ? ["--yes", "--json"] : ["--json"];
      const { stdout, stderr } = await stack.run(command, ...args);
      said.push(JSON.stringify(lab), stdout, stderr);
    }
    password = await stack.password();
    secrets = new Secrets({
      "Grafana's password": password,
      "the passphrase of the state": readFileSync(
        join(stack.checkout.folder, ".latency-lab/passphrase"),
        "utf8",
      ),
      ...credentialsIn(readFileSync(String(stack.settings.kubeconfig), "utf8")),
    });
    const lists = await Promise.all(
      Object.values(lab.outputs.namespaces).map((namespace) => api.listNamespacedPod({ namespace })),
    );
    pods = lists.flatMap(({ items }) => items);
    await api.createNamespace({ body: { metadata: { name: elsewhere } } });
  });
  after(async () => {
    await api.deleteNamespace({ name: elsewhere }).catch(() => {});
    await stack.end();
  });

  const pod = (name: RegExp): V1Pod => {
    const found = pods.find(({ metadata }) => name.test(metadata?.name ?? ""));
    assert.ok(found, `${name} among ${pods.map(({ metadata }) => metadata?.name)}`);
    return found;
  };
  const ip = (name: RegExp): string => pod(name).status?.podIP ?? "";
  const server = () => ({ namespace: lab.outputs.namespaces.server, image: String(lab.outputs.image) });

  describe("the server's namespace", () => {
    it("refuses pods that violate Pod Security `restricted`, and accepts pods like the server's", async () => {
      const { namespace, image } = server();
      const allowed = nodePod("allowed", namespace, image, "0");
      const changed = (change: (pod: V1Pod) => void): V1Pod => {
        const copy = structuredClone(allowed);
        change(copy);
        return copy;
      };
      const refused: Record<string, V1Pod> = {
        privileged: changed(({ spec }) => {
          Object.assign(spec?.containers[0]?.securityContext ?? {}, {
            privileged: true,
            allowPrivilegeEscalation: true,
          });
        }),
        "on the host's network": changed(({ spec }) => Object.assign(spec ?? {}, { hostNetwork: true })),
        "with the node's files": changed(({ spec }) =>
          Object.assign(spec ?? {}, { volumes: [{ name: "node", hostPath: { path: "/" } }] }),
        ),
        "as root": changed(({ spec }) =>
          Object.assign(spec?.securityContext ?? {}, { runAsNonRoot: false, runAsUser: 0 }),
        ),
      };
      for (const [what, body] of Object.entries(refused)) {
        await assert.rejects(
          api.createNamespacedPod({ namespace, body, dryRun: "All" }),
          /violates PodSecurity \W*restricted/,
          what,
        );
      }
      await api.createNamespacedPod({ namespace, body: allowed, dryRun: "All" });
    });

    it("has no pod with a service account token", () => {
      const own = pods.filter(({ metadata }) => metadata?.namespace === server().namespace);
      assert.ok(own.length >= 2);
      for (const { metadata, spec } of own) {
        const tokens = (spec?.volumes ?? []).filter(({ projected }) =>
          projected?.sources?.some(({ serviceAccountToken }) => serviceAccountToken),
        );
        assert.deepEqual(tokens, [], metadata?.name);
      }
    });
  });

  describe("NetworkPolicies", () => {
    /** Every port of the stack, by whether other pods may reach it. */
    const ports = (): { open: Targets; closed: Targets } => {
      const { server: ofServer, monitoring } = lab.outputs.namespaces;
      return {
        open: {
          "server pod": [ip(/^delayed-server/), 19004],
          "server service": [`delayed-server.${ofServer}`, 80],
          "Grafana pod": [ip(/grafana/), 3000],
          "Prometheus pod": [ip(/prometheus-server/), 9090],
        },
        closed: {
          Loki: [ip(new RegExp(`^${release}-0$`)), 3100],
          "Loki's gRPC": [ip(new RegExp(`^${release}-0$`)), 9095],
          "Loki by service": [`${release}.${monitoring}`, 3100],
          Alertmanager: [ip(/alertmanager/), 9093],
          Pushgateway: [ip(/pushgateway/), 9091],
          "kube-state-metrics": [ip(/kube-state-metrics/), 8080],
          "node-exporter": [ip(/node-exporter/), 9100],
          Promtail: [ip(/promtail/), 3101],
        },
      };
    };

    it("let other pods reach only the server, Grafana and Prometheus", async () => {
      const { open, closed } = ports();
      const { image } = server();
      const inside = await reachedFrom(
        api,
        { namespace: lab.outputs.namespaces.monitoring, image },
        { ...open, ...closed },
      );
      // Ports that cannot be reached from inside either need no policy.
      assert.deepEqual(notOpen(inside), []);
      const outside = await reachedFrom(api, { namespace: elsewhere, image }, { ...open, ...closed });
      assert.deepEqual(openOf(outside), Object.keys(open), JSON.stringify(outside));
      console.log(
        `# tries from a foreign pod: ${Object.keys(closed).length} refused, ${Object.keys(open).length} let in`,
      );
    });

    it("let the server open no connection, and the load generator only connections to the server", async () => {
      const { namespace, image } = server();
      const { spec } = await api.readNamespacedService({ name: "kubernetes", namespace: "default" });
      const targets: Targets = {
        "the API server": ["kubernetes.default.svc.cluster.local", 443],
        "the API server by address": [spec?.clusterIP ?? "", 443],
        Prometheus: [ip(/prometheus-server/), 9090],
        Grafana: [ip(/grafana/), 3000],
        "the internet": ["192.0.2.1", 443],
        "the server": [ip(/^delayed-server/), 19004],
      };
      const reachable = await reachedFrom(api, { namespace: elsewhere, image }, targets);
      assert.deepEqual(notOpen(reachable), ["the internet"]);
      const within = (name: RegExp, container: string) =>
        reachedWithin(config, { namespace, pod: pod(name).metadata?.name ?? "", container }, targets);
      // A pod can always reach itself.
      assert.deepEqual(openOf(await within(/^delayed-server/, "delayed-server")), ["the server"]);
      assert.deepEqual(openOf(await within(/^load/, "load")), ["the server"]);
    });
  });

  describe("Grafana", () => {
    const answer = (path: string, init: RequestInit = {}) =>
      fetch(`${lab.outputs.grafanaUrl}${path}`, { redirect: "manual", ...init });
    const as = (user: string, given: string) => ({
      headers: { authorization: `Basic ${Buffer.from(`${user}:${given}`).toString("base64")}` },
    });

    it("shows nothing without a password, and allows no sign-up", async () => {
      for (const path of [
        "/api/org",
        "/api/search",
        "/api/datasources",
        "/api/dashboards/uid/delayed-server",
        "/api/datasources/proxy/uid/prometheus/api/v1/query?query=up",
      ]) {
        assert.equal((await answer(path)).status, 401, path);
      }
      const body = JSON.stringify({ email: "a@example.com", username: "a", password: "a".repeat(12) });
      const json = { method: "POST", headers: { "content-type": "application/json" } };
      for (const path of ["/api/user/signup", "/api/user/signup/step2"]) {
        const { status } = await answer(path, { ...json, body });
        assert.ok(status >= 400 && status < 500, `${path} returned ${status}`);
      }
    });

    it("refuses the default password and a wrong one, and accepts the stack's", async () => {
      for (const wrong of ["admin", "", "prom-operator", `${password}x`]) {
        assert.equal((await answer("/api/org", as("admin", wrong))).status, 401, wrong);
      }
      const login = { method: "POST", headers: { "content-type": "application/json" } };
      const body = JSON.stringify({ user: "admin", password: "admin" });
      assert.equal((await answer("/login", { ...login, body })).status, 401);
      assert.equal((await answer("/api/org", as("admin", password))).status, 200);
    });
  });

  describe("no secret in plain text", () => {
    it("is in the state, or in any other file of the project", () => {
      // The passphrase has its own file, readable only by its owner.
      const left = /\/node_modules\/|\/\.latency-lab\/(passphrase|node|pulumi|compile-cache)/;
      assert.deepEqual(secrets.inFolder(stack.checkout.folder, left), []);
      const { mode } = statSync(join(stack.checkout.folder, ".latency-lab/passphrase"));
      assert.equal(mode & 0o777, 0o600);
    });

    it("was in a command line while the stack came up", () => {
      assert.ok(commandLines.includes("pulumi"), "no process of the run was recorded");
      assert.deepEqual(secrets.in(commandLines), []);
    });

    it("was printed by any command except `password`", () =>
      assert.deepEqual(secrets.in(said.join("\n")), []));

    it("is in any pod's log", async () => {
      for (const { metadata, spec } of pods) {
        for (const { name: container } of spec?.containers ?? []) {
          const where = { namespace: metadata?.namespace ?? "", name: metadata?.name ?? "", container };
          assert.deepEqual(
            secrets.in((await api.readNamespacedPodLog(where)) ?? ""),
            [],
            `${where.name} ${container}`,
          );
        }
      }
    });

    it("is in the cluster, except in the Secret that Grafana reads", async () => {
      for (const namespace of Object.values(lab.outputs.namespaces)) {
        const [maps, descriptions, kept] = await Promise.all([
          api.listNamespacedConfigMap({ namespace }),
          api.listNamespacedPod({ namespace }),
          api.listNamespacedSecret({ namespace }),
        ]);
        assert.deepEqual(secrets.in(JSON.stringify([maps.items, descriptions.items])), []);
        const releases = kept.items.filter(({ type }) => type === "helm.sh/release.v1");
        for (const { data } of releases) {
          const packed = Buffer.from(Buffer.from(data?.release ?? "", "base64").toString(), "base64");
          assert.deepEqual(secrets.in(gunzipSync(packed)), [], "Helm's notes");
        }
        const holders = kept.items.filter((one) => secrets.in(JSON.stringify(one)).length > 0);
        assert.deepEqual(
          holders.map(({ metadata }) => metadata?.name),
          namespace === lab.outputs.namespaces.monitoring ? ["grafana-admin"] : [],
        );
      }
    });

    it("is in the image or its metadata", async () => {
      const { image } = server();
      assert.deepEqual(await secrets.inOutputOf("docker", ["save", image]), []);
      assert.deepEqual(await secrets.inOutputOf("docker", ["history", "--no-trunc", image]), []);
    });
  });

  describe("the image", () => {
    it("contains Node, its libraries, the server, its page, NOTICE and SBOM, but no shell, npm, history or source map", () => {
      const { image } = server();
      const container = execFileSync("docker", ["create", image], { encoding: "utf8" }).trim();
      let files: string[];
      let bundle: string;
      try {
        const shell = (command: string) =>
          execFileSync("sh", ["-c", command], { encoding: "utf8", maxBuffer: 1 << 28 });
        files = shell(`docker export ${container} | tar -t`).trim().split("\n");
        bundle = shell(`docker cp ${container}:/app/server.cjs - | tar -xO`);
      } finally {
        execFileSync("docker", ["rm", container]);
      }
      // Files that Docker adds to every container.
      const ofDocker = /^(\.dockerenv|dev\/.*|etc\/(hosts|hostname|resolv\.conf|mtab)|proc\/.*|sys\/.*)$/;
      const own = files.filter((file) => !file.endsWith("/") && !ofDocker.test(file));
      const known =
        /^(usr\/bin\/node|app\/(server\.cjs|page\.(html|css|js)|sbom\.json|NOTICE)|(usr\/)?lib(64)?\/([\w-]+\/)?[\w.+-]+\.so[\d.]*)$/;
      assert.deepEqual(
        own.filter((file) => !known.test(file)),
        [],
      );
      assert.ok(own.includes("app/sbom.json") && own.length <= 20, own.join(", "));
      assert.doesNotMatch(bundle, /sourceMappingURL/);
      assert.ok(!bundle.includes(stack.checkout.folder));
    });

    it("runs as user nobody, and its SBOM lists every file in it", async () => {
      const { image } = server();
      const [{ Config }] = JSON.parse(execFileSync("docker", ["inspect", image], { encoding: "utf8" }));
      assert.equal(Config.User, "65532:65532");
      const file = join(stack.checkout.folder, "sbom.json");
      await stack.json("sbom", "--out", file);
      const { components } = JSON.parse(readFileSync(file, "utf8"));
      const names = components.map(({ name }: { name: string }) => name);
      for (const name of ["hono", "@hono/node-server", "prom-client", "node"])
        assert.ok(names.includes(name), name);
      assert.ok(names.length >= 10, names.join(", "));
    });
  });

  it("every image runs by its pinned digest", () => {
    const pinned = readFileSync(join(stack.checkout.folder, "images.lock"), "utf8");
    const images = pods.flatMap(({ spec }) => [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])]);
    assert.ok(images.length >= 10);
    for (const { image = "" } of images) {
      const digest = /@(sha256:[0-9a-f]{64})$/.exec(image)?.[1];
      assert.ok(digest, image);
      assert.ok(image === lab.outputs.image || pinned.includes(digest), image);
    }
  });

  it("a setting arrives unchanged, even if Kubernetes would expand it", async () => {
    await eventually(async () => {
      const { metadata } = pod(/^delayed-server/);
      const log = await api.readNamespacedPodLog({
        namespace: server().namespace,
        name: metadata?.name ?? "",
      });
      assert.ok(log.includes(`"seed":"${stack.settings.delaySeed}"`), log.split("\n")[0]);
    }, 5);
  });
});
