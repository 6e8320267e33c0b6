import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { makePlan } from "../../stack/plan.ts";
import { readSettings } from "../../stack/settings/read.ts";
import { explainFailure } from "./explain.ts";

describe("a failed run is explained if its cause is known:", () => {
  const image = "docker:index/image:Image";

  function explained(settings: Record<string, string>, type: string, message: string): string | undefined {
    const { configuration } = readSettings(settings);
    assert.ok(configuration);
    const plan = makePlan(configuration, "dev", "/");
    return explainFailure(new Error("update failed"), [{ type, name: "x", message }], plan)[0]?.what;
  }

  const existing = { cluster: "existing", context: "c", registry: "registry.example/team" };
  const push = /^registry = "registry\.example\/team" refuses the push$/;

  it("a registry that refuses the push", () =>
    assert.match(explained(existing, image, "unauthorized: authentication required") ?? "", push));

  it("the same words of another resource do not count as a push", () => {
    assert.doesNotMatch(explained(existing, "kubernetes:core/v1:Secret", "unauthorized") ?? "", /push/);
    assert.doesNotMatch(explained({}, image, "open /x: permission denied") ?? "", /refuses/);
    assert.doesNotMatch(explained(existing, image, "pull access denied for node") ?? "", /push/);
  });

  it("a registry's pull limit, by its code, in the build and in the engine's own pulls", () => {
    const limit = "toomanyrequests: You have reached your unauthenticated pull rate limit.";
    for (const type of [image, "docker:index/remoteImage:RemoteImage"]) {
      assert.equal(explained({}, type, limit), "a registry's pull limit is reached");
    }
  });
});
