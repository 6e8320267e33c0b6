import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { makePlan } from "../../stack/plan.ts";
import { readSettings } from "../../stack/settings/read.ts";
import { explainFailure } from "./failure.ts";

describe("a failed run is explained by what is known of it:", () => {
  const urn = (type: string) => `urn:pulumi:dev::latency-lab::a$${type}::name`;
  const image = urn("docker:index/image:Image");

  function explained(settings: Record<string, string>, urn: string, message: string): string | undefined {
    const { configuration } = readSettings(settings);
    assert.ok(configuration);
    const plan = makePlan(configuration, "dev", "/");
    return explainFailure(new Error("update failed"), [{ urn, message }], plan)[0]?.what;
  }

  const existing = { cluster: "existing", context: "c", registry: "registry.example/team" };
  const refused = "unauthorized: authentication required";

  it("a registry that refuses the push", () =>
    assert.equal(explained(existing, image, refused), 'registry = "registry.example/team" refuses the push'));

  it("the same words of anything else are told as they are", () => {
    assert.equal(explained(existing, urn("kubernetes:core/v1:Namespace"), refused), "the run failed");
    assert.equal(explained({}, image, "open /x: permission denied"), "the run failed");
    assert.equal(explained(existing, image, "pull access denied for node"), "the run failed");
  });

  it("a registry's limit of pulls, by its code", () => {
    const limit = "toomanyrequests: You have reached your unauthenticated pull rate limit.";
    const what = "a registry refuses more pulls for now (toomanyrequests)";
    assert.equal(explained({}, urn("docker:index/remoteImage:RemoteImage"), limit), what);
  });
});
