import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { State, type StateResource } from "./state.ts";

const urn = (name: string) => `urn:pulumi:dev::latency-lab::${name}::${name}`;
const resource = (name: string, more: Partial<StateResource> = {}): StateResource => ({
  urn: urn(name),
  type: name,
  ...more,
});

describe("a state without a resource", () => {
  const state = new State({
    version: 3,
    deployment: {
      resources: [
        resource("node"),
        resource("provider", {
          dependencies: [urn("node")],
          propertyDependencies: { kubeconfig: [urn("node")], context: null },
        }),
        resource("namespace", { deletedWith: urn("node"), provider: `${urn("provider")}::id` }),
        resource("pod", { deletedWith: urn("namespace") }),
        resource("image"),
      ],
      pending_operations: [{ type: "creating", resource: resource("pod") }],
    },
  });
  const { resources, pending_operations } = state.without(({ type }) => type === "node").deployment;

  it("has nothing that would have been deleted with it, and nothing that was begun", () => {
    assert.deepEqual(
      resources.map(({ type }: StateResource) => type),
      ["provider", "image"],
    );
    assert.deepEqual(pending_operations, []);
  });

  it("has nothing that depends on it", () => {
    assert.doesNotMatch(JSON.stringify(resources), /::node/);
    assert.deepEqual(resources[0].propertyDependencies, { kubeconfig: [], context: [] });
  });
});
