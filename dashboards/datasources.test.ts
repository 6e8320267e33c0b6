import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { logFields } from "../service/src/log/log.ts";
import { dashboardUids, datasources, datasourceUids } from "./datasources.ts";

const urls = {
  prometheus: "http://prometheus",
  loki: "http://loki:3100",
  alertmanager: "http://alertmanager:9093",
};
const [prometheus, loki, alertmanager] = datasources({ scrapeInterval: 5 }, urls).datasources as {
  uid: string;
  url: string;
  // biome-ignore lint/suspicious/noExplicitAny: each data source has its own shape
  jsonData: any;
}[];

/** Grafana reads `$$` in a provisioning file as `$`. */
const provisioned = (text: string) => text.replaceAll("$$", "$");
const clickedOn = (text: string, value: string) => provisioned(text).replace(`\${__value.raw}`, value);

describe("the data sources", () => {
  it("have the uids that the dashboards use, and no Alertmanager if there is none", () => {
    assert.deepEqual([prometheus?.uid, loki?.uid, alertmanager?.uid], Object.values(datasourceUids));
    const { alertmanager: _, ...others } = urls;
    assert.equal(datasources({ scrapeInterval: 5 }, others).datasources.length, 2);
  });

  it("tell Grafana the scrape interval", () => {
    assert.equal(prometheus?.jsonData.timeInterval, "5s");
  });

  it("link an exemplar to the log line of its request", () => {
    const [destination] = prometheus?.jsonData.exemplarTraceIdDestinations ?? [];
    assert.equal(destination.name, logFields.requestId);
    const url = new URL(clickedOn(destination.url, "abc"), "http://grafana");
    assert.equal(url.pathname, "/explore");
    const { line } = JSON.parse(url.searchParams.get("panes") ?? "");
    assert.equal(line.datasource, loki?.uid);
    assert.equal(line.queries[0].expr, '{app="delayed-server"} |= "abc"');
  });

  it("link a log line of either format to the dashboard filtered by its request", () => {
    const [field] = loki?.jsonData.derivedFields ?? [];
    const lines = [
      `{"level":"info","${logFields.requestId}":"a-1_b.2","method":"GET"}`,
      `12:00:00.000Z INFO  GET / 200 in 5 ms client=::1 ${logFields.requestId}=a-1_b.2 trace_id=c`,
      `200 GET / in 5 ms (delay 4 ms) ${logFields.requestId}=a-1_b.2`,
    ];
    for (const line of lines) assert.equal(new RegExp(field.matcherRegex).exec(line)?.[1], "a-1_b.2", line);
    assert.match(
      clickedOn(field.url, "abc"),
      new RegExp(`^/d/${dashboardUids.delayedServer}\\?var-request_id=abc&`),
    );
  });
});
