import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { record } from "../../test/recorded.ts";

const deployment = "kubernetes:apps/v1:Deployment";

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
