// Kills the parts of the monitoring one by one: does the server slow down, and how soon is data back?
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../../cli/clients/eventually.ts";
import { Grafana } from "../../cli/clients/grafana.ts";
import { query } from "../../cli/clients/prometheus.ts";
import { ClusterUnderTest, nameOf } from "../cluster.ts";
import { noExistingCluster } from "../environment.ts";
import { quantile, reasons, type Sent, Traffic } from "../requests.ts";
import { figure, StackUnderTest, type UpResult } from "../stack.ts";
import { killContainer } from "./foreign-pods.ts";

const skip = noExistingCluster();

/** Seconds within which each part must show data again. */
const soon = 60;
/** Fixed delay in seconds: random delays would hide a change. */
const delay = 0.1;
/** What a busy machine may add to the p99, in seconds. */
const noise = 0.25;

const pieces = {
  prometheus: "app=prometheus,component=server",
  loki: "app=loki",
  grafana: "app.kubernetes.io/name=grafana",
  promtail: "app.kubernetes.io/name=promtail",
} as const;
type Piece = keyof typeof pieces;

describe("the server while its monitoring is broken", { skip }, () => {
  let stack: StackUnderTest;
  let cluster: ClusterUnderTest;
  let lab: UpResult;
  let namespace: string;
  let grafana: Grafana;
  let undisturbed: Sent;
  const lines = { sent: 0, lost: 0, twice: 0 };

  before(async () => {
    stack = new StackUnderTest("f-monitoring", "existing", {
      preset: "laptop",
      persistence: "true",
      load: "false",
    });
    lab = await stack.up();
    cluster = new ClusterUnderTest(stack.settings);
    namespace = lab.outputs.namespaces.monitoring;
    grafana = new Grafana(String(lab.outputs.grafanaUrl), "admin", await stack.password());
  });
  after(() => stack.end());

  const traffic = () => new Traffic(`${lab.outputs.serverUrl}/delay/${delay * 1000}ms`, 50);

  /** Log lines in Loki with a mark, queried through Grafana. */
  async function linesOf({ mark }: { mark: string }): Promise<string[]> {
    const parameters = new URLSearchParams({
      query: `{namespace="${lab.outputs.namespaces.server}"} |= "${mark}"`,
      start: String(Date.now() / 1000 - 1800),
      limit: "5000",
    });
    const path = `/api/datasources/proxy/uid/loki/loki/api/v1/query_range?${parameters}`;
    const answer = await grafana.get<{ data: { result: { values: [string, string][] }[] } }>(path);
    return answer.data.result.flatMap(({ values }) => values.map(([, line]) => line));
  }

  /** Sends a request. Its log line shows that lines arrive again. */
  async function sign(): Promise<{ mark: string }> {
    const mark = `sign-${randomBytes(6).toString("hex")}`;
    await fetch(`${lab.outputs.serverUrl}/delay/1ms`, { headers: { "User-Agent": mark } });
    return { mark };
  }

  /** Time of the server's newest sample in Prometheus, in milliseconds since 1970. */
  async function newestSample(): Promise<number> {
    const series = `http_request_duration_seconds_count{namespace="${lab.outputs.namespaces.server}"}`;
    const [newest] = await query(String(lab.outputs.prometheusUrl), `max(timestamp(${series}))`);
    return (newest?.value ?? 0) * 1000;
  }

  async function podOf(piece: Piece) {
    const [pod] = await cluster.pods(namespace, pieces[piece]);
    assert.ok(pod, `there is no ${piece}`);
    return pod;
  }

  /** Deletes the pod of a part, and waits until it has ended: until then, it may still answer. */
  async function deleted(piece: Piece): Promise<void> {
    const name = nameOf(await podOf(piece));
    await cluster.core.deleteNamespacedPod({ namespace, name });
    await cluster.gone(namespace, name);
  }

  /** Breaks a part while requests are sent, and checks that it works again soon. */
  async function killed(what: string, kill: () => Promise<unknown>, works: () => Promise<void>) {
    const sending = traffic();
    await sleep(3000);
    const began = Date.now();
    await kill();
    await recovers(what, sending, began, works);
  }

  /** Checks that a part works again soon, and that no request noticed. */
  async function recovers(what: string, sending: Traffic, began: number, works: () => Promise<void>) {
    await eventually(works, soon);
    const seconds = (Date.now() - began) / 1000;
    const sent = await sending.stop();
    assert.equal(sent.failures.length, 0, reasons(sent));
    const [p50, p99] = [quantile(sent.latencies, 0.5), quantile(sent.latencies, 0.99)];
    figure(
      `${what}: shows data again`,
      `after ${seconds.toFixed(1)} s; ${sent.failures.length} of ${sent.requests} requests failed meanwhile, ` +
        `p50 ${(p50 * 1000).toFixed(0)} ms, p99 ${(p99 * 1000).toFixed(0)} ms`,
      `≤ ${soon} s; as before`,
    );
    assert.ok(p50 < quantile(undisturbed.latencies, 0.5) + noise / 5, `p50 of ${p50} s`);
    assert.ok(p99 < quantile(undisturbed.latencies, 0.99) + noise, `p99 of ${p99} s`);
    await allArrive(sending, sent.requests);
  }

  /** Checks that Loki has the log line of every request; a restarted Promtail may have sent some twice. */
  async function allArrive(sending: Traffic, requests: number): Promise<void> {
    let found: string[] = [];
    try {
      await eventually(async () => {
        found = await linesOf(sending);
        assert.equal(new Set(found).size, requests);
      }, soon);
    } finally {
      const distinct = new Set(found).size;
      lines.sent += requests;
      lines.lost += requests - distinct;
      lines.twice += found.length - distinct;
    }
  }

  it("is measured without a fault first", async () => {
    const sending = traffic();
    await sleep(10_000);
    undisturbed = await sending.stop();
    assert.equal(undisturbed.failures.length, 0, reasons(undisturbed));
    const [p50, p99] = [0.5, 0.99].map((share) => quantile(undisturbed.latencies, share) * 1000);
    figure(
      "latency when nothing is broken",
      `p50 ${p50?.toFixed(0)} ms, p99 ${p99?.toFixed(0)} ms`,
      "100 ms",
    );
    await allArrive(sending, undisturbed.requests);
  });

  it("is as fast as before if Prometheus is killed, and is measured again", async () => {
    let goneAt = 0;
    await killed(
      "Prometheus deleted",
      async () => {
        await deleted("prometheus");
        goneAt = Date.now();
      },
      async () => assert.ok((await newestSample()) > goneAt),
    );
  });

  it("loses no scraped sample if Prometheus is killed with SIGKILL", async () => {
    const url = String(lab.outputs.prometheusUrl);
    const pod = await podOf("prometheus");
    const until = (await newestSample()) / 1000;
    const samples = () => {
      const range = `http_request_duration_seconds_bucket{namespace="${lab.outputs.namespaces.server}"}[5m]`;
      const parameters = new URLSearchParams({ query: range, time: String(until) });
      return fetch(`${url}/api/v1/query?${parameters}`, { signal: AbortSignal.timeout(5000) })
        .then((answer) => answer.json() as Promise<{ data: { result: { values: unknown[] }[] } }>)
        .then(({ data }) => data.result);
    };
    const had = await samples();
    const count = had.reduce((sum, { values }) => sum + values.length, 0);
    assert.ok(count > 0);
    await killContainer(cluster, pod, {
      namespace: `${namespace}-hand`,
      image: String(lab.outputs.image),
      container: "prometheus-server",
    });
    await eventually(async () => {
      const { status } = await cluster.core.readNamespacedPod({ namespace, name: nameOf(pod) });
      assert.ok(status?.containerStatuses?.some(({ restartCount }) => restartCount > 0));
      assert.deepEqual(await samples(), had);
    }, soon);
    figure("samples lost by a SIGKILL of Prometheus", `0 of ${count} up to the last scrape`, "0");
  });

  it("is as fast as before if Grafana is killed, and is shown again", async () => {
    await killed(
      "Grafana deleted",
      () => deleted("grafana"),
      async () => {
        const frames = await grafana.query("prometheus", "up");
        assert.ok(frames.length > 0);
      },
    );
  });

  it("is as fast as before if Promtail is killed, and no log line is lost", async () => {
    let after: { mark: string };
    await killed(
      "Promtail deleted",
      async () => {
        await deleted("promtail");
        after = await sign();
      },
      async () => assert.ok((await linesOf(after)).length > 0),
    );
  });

  it("is as fast as before if Loki is killed, and no log line sent meanwhile is lost", async () => {
    let meanwhile: { mark: string };
    await killed(
      "Loki deleted",
      async () => {
        const pod = await podOf("loki");
        await cluster.core.deleteNamespacedPod({ namespace, name: nameOf(pod) });
        meanwhile = await sign();
        // The new pod of a StatefulSet has the same name, but another uid.
        await eventually(async () => {
          const next = await podOf("loki");
          assert.notEqual(next.metadata?.uid, pod.metadata?.uid);
        });
      },
      async () => assert.ok((await linesOf(meanwhile)).length > 0),
    );
  });

  it("is as fast as before if the network to Loki is cut, and no log line is lost", async (t) => {
    const isCut = async () => assert.rejects(linesOf({ mark: "any" }), "Loki is still reached");
    const sending = traffic();
    let meanwhile: { mark: string };
    await sleep(3000);
    // Exclude Loki from the policy that allows traffic within the monitoring.
    const itself = await cluster.networking.readNamespacedNetworkPolicy({ name: "only-itself", namespace });
    const allButLoki = {
      ...itself,
      spec: {
        ...itself.spec,
        podSelector: { matchExpressions: [{ key: "app", operator: "NotIn", values: ["loki"] }] },
      },
    };
    const noLoki = {
      metadata: { name: "no-loki", namespace },
      spec: { podSelector: { matchLabels: { app: "loki" } }, policyTypes: ["Ingress"] },
    };
    await cluster.networking.createNamespacedNetworkPolicy({ namespace, body: noLoki });
    await cluster.networking.replaceNamespacedNetworkPolicy({
      name: "only-itself",
      namespace,
      body: allButLoki,
    });
    try {
      // Most networks keep established connections open: restart both clients.
      for (const piece of ["promtail", "grafana"] as const) {
        await cluster.core.deleteNamespacedPod({ namespace, name: nameOf(await podOf(piece)) });
      }
      try {
        await eventually(async () => {
          await grafana.get("/api/org");
          await isCut();
        }, 40);
      } catch {
        await sending.stop();
        return t.skip("the cluster's network does not enforce NetworkPolicies");
      }
      meanwhile = await sign();
      await sleep(10_000);
      await isCut();
    } finally {
      const changed = await cluster.networking.readNamespacedNetworkPolicy({
        name: "only-itself",
        namespace,
      });
      await cluster.networking.replaceNamespacedNetworkPolicy({
        name: "only-itself",
        namespace,
        body: { ...changed, spec: { ...changed.spec, podSelector: {} } },
      });
      await cluster.networking.deleteNamespacedNetworkPolicy({ name: "no-loki", namespace });
    }
    await recovers("the network to Loki cut", sending, Date.now(), async () =>
      assert.ok((await linesOf(meanwhile)).length > 0),
    );
  });

  it("has lost no log line in total", () => {
    figure("log lines lost", `${lines.lost} of ${lines.sent}; ${lines.twice} duplicated`, "0");
    assert.equal(lines.lost, 0);
  });
});
