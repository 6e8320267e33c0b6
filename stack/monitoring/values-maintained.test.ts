import assert from "node:assert/strict";
import { matchesGlob } from "node:path";
import { describe, it } from "node:test";
import {
  chartDefaults,
  everyPodSetting,
  unknownKeys,
  valueOptions,
  wrongTags,
} from "../../test/chart-values.ts";
import type { MonitoringOptions } from "./options.ts";
import { monitoringValues } from "./values.ts";
import { images } from "./versions.ts";

const options = valueOptions("maintained");

// biome-ignore lint/suspicious/noExplicitAny: the charts' values have no types of their own
const values = (changes: Partial<MonitoringOptions> = {}): any =>
  monitoringValues({ ...options, ...changes });
const collector = (changes: Partial<MonitoringOptions> = {}) => values(changes)["opentelemetry-collector"];
const { defaults, missing } = chartDefaults("maintained");

describe("the values of the maintained charts", () => {
  it("have only keys that exist in the charts", { skip: missing }, () => {
    const everything = values({
      ...everyPodSetting,
      persistence: true,
      storageClass: "fast",
      scrapeTargets: ["a:1"],
      imageMirror: "m",
      remoteWriteUrl: "http://a",
      queryUrl: "http://a",
      lokiUrl: "http://b",
      lokiTenant: "c",
      storeFiles: ["metrics-password", "loki-password", "ca.crt"],
    });
    assert.deepEqual(unknownKeys(everything, defaults), []);
  });

  it("use the charts' tags, except where a newer one is needed", { skip: missing }, () => {
    const newer = ["prometheus.server.image", "opentelemetry-collector.image"];
    assert.deepEqual(wrongTags("maintained", newer), []);
    assert.equal(values().prometheus.server.image.tag, "v3.16.0");
    assert.equal(collector().image.tag, "0.160.0");
  });

  it("pull every image from the mirror if there is one, and by digest if there are digests", () => {
    const digest = `sha256:${"ab".repeat(32)}`;
    const digests = new Map(
      images.maintained.map(({ reference }) => [reference.split("/").slice(1).join("/"), digest]),
    );
    const all = JSON.stringify(
      values({ imageMirror: "mirror.example:5000/hub", persistence: true, digests }),
    );
    // Grafana's is in an init container too.
    assert.equal(all.split("mirror.example:5000").length - 1, images.maintained.length + 1);
    assert.equal(all.split("ab".repeat(32)).length - 1, images.maintained.length + 1);
  });

  it("give log lines the labels that Promtail gives them", () => {
    const [{ statements }] = collector().config.processors.transform.log_statements;
    for (const name of ["namespace", "pod", "container", "app"]) {
      assert.ok(statements.at(-1).includes(`"${name}"`), name);
      const { attributes_config } = values().loki.loki.limits_config.otlp_config.resource_attributes;
      assert.ok(attributes_config[0].attributes.includes(name), name);
    }
  });

  it("never lose a line: the collector retries forever and keeps what it has read on disk", () => {
    const { exporters, receivers } = collector().config;
    assert.match(collector().command.extraArgs[0], /synchronousLogEmitter/);
    assert.equal(exporters.otlp_http.retry_on_failure.max_elapsed_time, "0s");
    assert.equal(receivers.file_log.storage, "file_storage");
    // A file that the kubelet rotated while the collector was down.
    assert.ok(
      receivers.file_log.include.some((one: string) =>
        matchesGlob("/var/log/pods/a/b/0.log.20261127-201056", one),
      ),
    );
    assert.equal(exporters.otlp_http.sending_queue.storage, "file_storage");
  });

  it("leave no files on the node, and use no ports of the host", () => {
    assert.deepEqual(collector().extraVolumes[0], { name: "run", emptyDir: {} });
    for (const port of Object.values(collector().ports)) assert.deepEqual(port, { enabled: false });
  });

  it("use the user's Loki instead of the release's", () => {
    const lokiUrl = "http://loki-gateway.logs/";
    assert.equal(values({ lokiUrl }).loki.enabled, false);
    assert.equal(collector({ lokiUrl }).config.exporters.otlp_http.endpoint, "http://loki-gateway.logs/otlp");
  });

  it("set the resources, pull Secret and tolerations of the settings in Loki's and the collector's pods", () => {
    const { loki } = values(everyPodSetting);
    assert.deepEqual(loki.imagePullSecrets, [{ name: "registry" }]);
    assert.deepEqual(collector(everyPodSetting).imagePullSecrets, [{ name: "registry" }]);
    for (const pod of [loki.singleBinary, collector(everyPodSetting)]) {
      assert.equal(pod.podLabels.team, "payments");
      assert.deepEqual(pod.resources.requests, { cpu: "1m", memory: "1Mi" });
      assert.deepEqual(pod.tolerations.at(-1), everyPodSetting.tolerations[0]);
    }
  });

  it("keep the labels by which policies and port-forwards find Prometheus", () => {
    const { podLabels } = values(everyPodSetting).prometheus.server;
    assert.deepEqual(podLabels, { team: "payments", app: "prometheus", component: "server" });
  });
});
