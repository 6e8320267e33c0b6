import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { maintainedCharts } from "../monitoring/versions.ts";
import type { Plan } from "../plan.ts";
import { writeMaintainedChart } from "./maintained-chart.ts";

const digestOf = (content: string) => `sha256:${createHash("sha256").update(content).digest("hex")}`;

describe("the chart that contains the maintained charts", () => {
  let root: string;
  const chart = () => join(root, ".latency-lab", "charts", "maintained");
  const write = (chartsFolder?: string, digests?: ReadonlyMap<string, string>) =>
    writeMaintainedChart(
      { root, settings: { versions: "maintained", chartsFolder } as Plan["settings"] },
      digests,
    );
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "latency-lab-charts-"));
    mkdirSync(join(root, "given"));
    for (const { name, version } of maintainedCharts)
      writeFileSync(join(root, "given", `${name}-${version}.tgz`), name);
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it("has those of the folder, of one version each, and returns their digests", async () => {
    mkdirSync(join(chart(), "charts"), { recursive: true });
    writeFileSync(join(chart(), "charts", "loki-1.0.0.tgz"), "of an earlier version");
    const packed = await write("given");
    assert.deepEqual(packed.at(-1), {
      reference: "open-telemetry/opentelemetry-helm-charts/opentelemetry-collector:0.170.0",
      digest: digestOf("opentelemetry-collector"),
    });
    assert.equal(readdirSync(join(chart(), "charts")).length, maintainedCharts.length);
    assert.match(readFileSync(join(chart(), "Chart.yaml"), "utf8"), /name: loki\n/);
  });

  it("refuses a file whose digest is not the list's", async () => {
    const digests = new Map((await write("given")).map(({ reference, digest }) => [reference, digest]));
    await write("given", digests);
    rmSync(chart(), { recursive: true });
    writeFileSync(join(root, "given", "loki-18.11.0.tgz"), "another");
    await assert.rejects(write("given", digests), (error: Error) => {
      assert.match(error.message, /given\/loki-18\.11\.0\.tgz is not the chart that was expected/);
      assert.ok(error.message.includes(digestOf("another")) && error.message.includes(digestOf("loki")));
      return true;
    });
    assert.equal(existsSync(join(chart(), "charts", "loki-18.11.0.tgz")), false);
  });

  it("is downloaded instead of keeping a file that was not published", async () => {
    await write("given");
    const { HTTPS_PROXY } = process.env;
    // Nothing listens there.
    process.env.HTTPS_PROXY = "http://127.0.0.1:1";
    try {
      await assert.rejects(write(), (error: Error) => {
        const named = maintainedCharts.filter(({ name, version }) =>
          error.message.includes(`the chart ${name}-${version}.tgz can't be downloaded`),
        );
        assert.deepEqual(
          named,
          maintainedCharts.filter(({ digest }) => digest !== undefined),
        );
        return true;
      });
    } finally {
      if (HTTPS_PROXY === undefined) delete process.env.HTTPS_PROXY;
      else process.env.HTTPS_PROXY = HTTPS_PROXY;
    }
  });
});
