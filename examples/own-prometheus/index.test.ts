import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { runtime } from "@pulumi/pulumi";
import { stringify } from "yaml";
import example from "./index.ts";

it("deploys only the delayed server, annotated for an existing Prometheus", async () => {
  const folder = mkdtempSync(join(tmpdir(), "latency-lab-example-"));
  const kubeconfig = join(folder, "config");
  const part = (name: string, content: object) => [{ name: "mine", [name]: content }];
  writeFileSync(
    kubeconfig,
    stringify({
      clusters: part("cluster", { server: "https://192.0.2.1" }),
      users: part("user", { token: "t" }),
      contexts: part("context", { cluster: "mine", user: "mine" }),
    }),
  );
  const made: { type: string; inputs: Record<string, unknown> }[] = [];
  await runtime.setMocks(
    {
      newResource({ type, name, inputs }) {
        made.push({ type, inputs });
        return { id: name, state: inputs };
      },
      call: ({ inputs }) => inputs,
    },
    "own-prometheus",
    "dev",
  );
  runtime.setAllConfig({
    "own-prometheus:kubeconfig": kubeconfig,
    "own-prometheus:context": "mine",
    "own-prometheus:nodeAddress": "192.0.2.1",
    "own-prometheus:image": "registry.example/delayed-server:1",
  });
  await runtime.runInPulumiStack(async () => example());
  await runtime.disconnect();
  rmSync(folder, { recursive: true });

  const types = new Set(made.map(({ type }) => type).filter((type) => type.startsWith("kubernetes:")));
  assert.deepEqual([...types].toSorted(), [
    "kubernetes:apps/v1:Deployment",
    "kubernetes:core/v1:Namespace",
    "kubernetes:core/v1:Service",
    "kubernetes:core/v1:ServiceAccount",
    "kubernetes:networking.k8s.io/v1:NetworkPolicy",
    "kubernetes:policy/v1:PodDisruptionBudget",
  ]);
  const deployment = made.find(({ type }) => type.endsWith(":Deployment"))?.inputs as {
    spec: { template: { metadata: { annotations: Record<string, string> } } };
  };
  assert.equal(deployment.spec.template.metadata.annotations["prometheus.io/port"], "19004");
});
