// Changes, scales, moves and kills the server under load, and counts failed requests.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../../cli/clients/eventually.ts";
import { isReady } from "../../cli/observe/pods.ts";
import { ClusterUnderTest, nameOf } from "../cluster.ts";
import { noExistingCluster } from "../environment.ts";
import { quantile, reasons, type Sent, Traffic } from "../requests.ts";
import { figure, StackUnderTest, type UpResult } from "../stack.ts";
import { killContainer } from "./foreign-pods.ts";

const skip = noExistingCluster();
const server = "app.kubernetes.io/name=delayed-server";

/** Enough requests to notice a failure rate of 0.01 %. */
const wanted = 10_000;

describe("the server, under 200 requests per second with delays of 0 to 2 s,", { skip }, () => {
  let stack: StackUnderTest;
  let cluster: ClusterUnderTest;
  let lab: UpResult;
  let namespace: string;
  const total = { requests: 0, failures: 0 };

  before(async () => {
    stack = new StackUnderTest("f-rollout", "existing", { preset: "laptop", load: "false" });
    lab = await stack.up();
    cluster = new ClusterUnderTest(stack.settings);
    namespace = lab.outputs.namespaces.server;
  });
  after(() => stack.end());

  /** Sends requests during an action and until its effects have passed. */
  async function during(what: string, done: (traffic: Traffic) => Promise<unknown>): Promise<Sent> {
    const traffic = new Traffic(String(lab.outputs.serverUrl));
    await sleep(3000);
    let sent: Sent;
    try {
      await done(traffic);
      await sleep(1000);
    } finally {
      sent = await traffic.stop();
    }
    const { requests, failures, latencies, connections } = sent;
    figure(
      `${what} under load`,
      `${failures.length} of ${requests} requests failed over ${connections} connections, ` +
        `p50 ${quantile(latencies, 0.5).toFixed(2)} s, p99 ${quantile(latencies, 0.99).toFixed(2)} s`,
      "0 failed",
    );
    return sent;
  }

  /** The same, and fails if a request failed. */
  async function unnoticed(what: string, done: (traffic: Traffic) => Promise<unknown>): Promise<void> {
    const sent = await during(what, done);
    total.requests += sent.requests;
    total.failures += sent.failures.length;
    assert.equal(sent.failures.length, 0, reasons(sent));
  }

  /** Waits until exactly `count` pods are ready and none is terminating. */
  const settled = (count: number) => cluster.settled(namespace, server, count);

  it("fails no request when changed source is rolled out", async () => {
    const file = join(stack.checkout.folder, "service", "src", "main.ts");
    writeFileSync(file, `${readFileSync(file, "utf8")}\nprocess.title = "delayed-server-changed";\n`);
    const [old] = await cluster.pods(namespace, server);
    await unnoticed("a changed source rolled out", async () => {
      const changed = await stack.up();
      assert.notEqual(changed.outputs.image, lab.outputs.image);
      lab = changed;
      await cluster.gone(namespace, nameOf(old ?? {}));
    });
    await settled(1);
  });

  it("fails no request when its only pod is deleted", async () => {
    const [pod] = await cluster.pods(namespace, server);
    await unnoticed("the only pod deleted", async () => {
      await cluster.core.deleteNamespacedPod({ namespace, name: nameOf(pod ?? {}) });
      await cluster.gone(namespace, nameOf(pod ?? {}));
    });
    await settled(1);
  });

  /** Seconds until the new pod starts. */
  const starts = [2, 5, 10];

  /** Deletes a pod whose replacement starts slowly, and waits for the replacement. */
  async function deletedWithASlowSuccessor(replicas: number, seconds: number): Promise<void> {
    await startsAfter(seconds, replicas);
    const [pod] = await cluster.pods(namespace, server);
    await unnoticed(`one pod of ${replicas} deleted, its successor starts after ${seconds} s`, async () => {
      await cluster.core.deleteNamespacedPod({ namespace, name: nameOf(pod ?? {}) });
      await cluster.gone(namespace, nameOf(pod ?? {}), 120);
      await settled(replicas);
    });
    await startsAfter(0, replicas);
  }

  /** Replaces all pods by pods that wait before the server starts. */
  async function startsAfter(seconds: number, replicas: number): Promise<void> {
    const command = ["/usr/bin/node", "-e", `setTimeout(() => {}, ${seconds * 1000})`];
    const name = "delayed-server";
    const deployment = await cluster.apps.readNamespacedDeployment({ namespace, name });
    const template = deployment.spec?.template.spec;
    const [container] = template?.containers ?? [];
    assert.ok(template && container);
    const { securityContext, image } = container;
    template.initContainers =
      seconds === 0
        ? []
        : [{ name: "slow", ...(image && { image }), command, ...(securityContext && { securityContext }) }];
    await cluster.apps.replaceNamespacedDeployment({ namespace, name, body: deployment });
    const wanted = seconds === 0 ? undefined : command[2];
    await eventually(async () => {
      const pods = await cluster.pods(namespace, server);
      const waiting = pods.map(({ spec }) => spec?.initContainers?.[0]?.command?.[2]);
      assert.deepEqual(
        waiting,
        Array.from({ length: replicas }, () => wanted),
      );
    }, 120);
    await settled(replicas);
  }

  for (const seconds of starts) {
    it(`fails no request when its only pod is deleted and the new one starts after ${seconds} s`, async () => {
      await deletedWithASlowSuccessor(1, seconds);
    });
  }

  it("fails no request when it is scaled from 1 pod to 5", async () => {
    await unnoticed("scaled from 1 pod to 5", async () => {
      lab = await stack.up({ replicas: "5" });
      await settled(5);
    });
  });

  it("fails no request when one pod of 5 is deleted", async () => {
    const [pod] = await cluster.pods(namespace, server);
    await unnoticed("one pod of 5 deleted", async () => {
      await cluster.core.deleteNamespacedPod({ namespace, name: nameOf(pod ?? {}) });
      await cluster.gone(namespace, nameOf(pod ?? {}));
      await settled(5);
    });
  });

  for (const seconds of starts) {
    it(`fails no request when one pod of 5 is deleted and the new one starts after ${seconds} s`, async () => {
      await deletedWithASlowSuccessor(5, seconds);
    });
  }

  it("fails no request when all pods are evicted", async () => {
    const pods = await cluster.pods(namespace, server);
    let refused = 0;
    let fewest = pods.length;
    await unnoticed(`${pods.length} pods evicted`, async () => {
      // As `kubectl drain` does: all at once, with retries while the PodDisruptionBudget refuses.
      await Promise.all(
        pods.map(async (pod) => {
          const name = nameOf(pod);
          await eventually(async () => {
            try {
              await cluster.core.createNamespacedPodEviction({
                name,
                namespace,
                body: { metadata: { name, namespace } },
              });
            } catch (error) {
              if ((error as { code?: number }).code === 429) refused += 1;
              throw error;
            }
          }, 120);
          const ready = (await cluster.pods(namespace, server)).filter(isReady);
          fewest = Math.min(fewest, ready.length);
          await cluster.gone(namespace, name);
        }),
      );
      await settled(pods.length);
    });
    assert.ok(refused > 0, "the PodDisruptionBudget refused no eviction");
    assert.ok(fewest >= pods.length - 1, `only ${fewest} of ${pods.length} pods were ready`);
    figure("pods ready while all were evicted", `${fewest} of ${pods.length}, or more`, "at most 1 missing");
  });

  it("fails only the requests of a process that is killed with SIGKILL", async () => {
    const [pod] = await cluster.pods(namespace, server);
    assert.ok(pod);
    let flying = 0;
    let killedAt = 0;
    const sent = await during("one process of 5 killed by SIGKILL", async (traffic) => {
      flying = traffic.inFlight;
      await killContainer(cluster, pod, { namespace: `${namespace}-hand`, image: String(lab.outputs.image) });
      killedAt = Date.now();
      await eventually(async () => {
        const { status } = await cluster.core.readNamespacedPod({ namespace, name: nameOf(pod) });
        assert.ok((status?.containerStatuses?.[0]?.restartCount ?? 0) > 0);
      });
      await settled(5);
      await sleep(3000);
    });
    const inFlight = sent.failures.filter(({ connected }) => connected);
    const refused = sent.failures.length - inFlight.length;
    figure(
      "one process of 5 killed by SIGKILL",
      `${inFlight.length} of ${flying} requests in flight on 5 pods failed, ${refused} connections refused until the cluster noticed`,
      "its requests in flight",
    );
    assert.ok(inFlight.length > 0, "no request was in flight");
    assert.ok(inFlight.length <= flying, reasons(sent));
    // They fail at the same time, and no request fails once the cluster has noticed.
    const moments = inFlight.map(({ failedAt }) => failedAt);
    assert.ok(Math.max(...moments) - Math.min(...moments) < 1000, reasons(sent));
    assert.ok(
      sent.failures.every(({ failedAt }) => failedAt < killedAt + 5000),
      reasons(sent),
    );
  });

  it("fails no request when it is scaled from 5 pods to 1", async () => {
    await unnoticed("scaled from 5 pods to 1", async () => {
      lab = await stack.up({ replicas: "1" });
      await settled(1);
    });
  });

  it(`has failed none of at least ${wanted} requests`, () => {
    figure("rollouts, scaling, deletion, eviction", `${total.failures} of ${total.requests}`, "0 failed");
    assert.equal(total.failures, 0);
    assert.ok(total.requests >= wanted, String(total.requests));
  });
});
