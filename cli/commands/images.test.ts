import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { images } from "../../stack/monitoring/versions.ts";
import { supportOf } from "./images.ts";

const today = "2026-11-27T00:00:00Z";

describe("the end of an image's support", () => {
  it("has passed for everything in loki-stack, and for nothing in the maintained charts", () => {
    const ended = (versions: "chart" | "maintained") =>
      images[versions].map(({ reference }) => supportOf(reference, today).ended);
    assert.ok(ended("chart").every((one) => one));
    assert.ok(ended("maintained").every((one) => !one));
  });

  it("is found for short names, mirrors and digests", () => {
    const digest = `sha256:${"a".repeat(64)}`;
    for (const name of ["busybox:1.31.1", `m.example:5000/hub/grafana/loki:2.9.17@${digest}`]) {
      assert.equal(supportOf(name, today).ended, true, name);
    }
  });

  it("is unknown for other images, which are not reported", () => {
    assert.deepEqual(supportOf("rancher/k3s:v1.34.2-k3s1", today), {
      known: false,
      supportedUntil: undefined,
      ended: false,
    });
  });
});
