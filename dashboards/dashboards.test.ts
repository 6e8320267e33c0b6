// The rules of grafana/dashboard-linter, and those of this project.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as units from "@grafana/grafana-foundation-sdk/units";
import { loadMetrics, metrics, processMetrics } from "../service/src/metrics/definitions.ts";
import {
  type DashboardModel,
  fillIn,
  type PanelModel,
  panelsOf,
  type Target,
  type VariableModel,
} from "../test/dashboards.ts";
import { type DashboardOptions, dashboards, dashboardUids, defaultOptions } from "./index.ts";
import { kept, type Metric, recent, summedOverPods, targetLabels } from "./queries.ts";

const options: DashboardOptions = {
  ...defaultOptions(),
  stack: { namespace: "latency-lab", instance: "latency-lab" },
};
const models = (await dashboards(options)).map(({ json }) => JSON.parse(json) as DashboardModel);

/** Panel types in Grafana 10.3 that are not deprecated (such as graph, singlestat, table-old). */
const currentTypes = ["barchart", "heatmap", "logs", "stat", "table", "text", "timeseries"];

/** Whether a panel shows data. */
const shown = ({ type }: PanelModel) => type !== "text";
const name = (model: DashboardModel, panel: PanelModel) => `${model.title}, ${panel.title}`;

function eachPanel(check: (panel: PanelModel, named: string, model: DashboardModel) => void): void {
  for (const model of models) {
    for (const panel of panelsOf(model).filter(shown)) check(panel, name(model, panel), model);
  }
}

function eachQuery(type: "prometheus" | "loki", check: (target: Target, named: string) => void): void {
  let count = 0;
  eachPanel((panel, named) => {
    for (const target of panel.targets ?? []) {
      if (target.datasource.type !== type) continue;
      count++;
      check(target, `${named}, ${target.refId}: ${target.expr}`);
    }
  });
  assert.ok(count > 0, `no query to ${type}`);
}

/** The `{…}` of every selector of a scraped metric. */
function selectors(expr: string): string[] {
  return (
    [...expr.matchAll(/([a-zA-Z_:][a-zA-Z0-9_:]*)?\{([^}]*)\}/g)]
      // Recorded series have neither job nor instance; the series of alerts never had them.
      .filter(([, metric = ""]) => !metric.includes(":") && metric !== "ALERTS")
      .map(([, , matchers = ""]) => matchers)
  );
}

describe("the dashboards", () => {
  it("are identical from run to run", async () => {
    assert.deepEqual(await dashboards(options), await dashboards(structuredClone(options)));
  });

  it("have the fixed uids", async () => {
    const all = await dashboards(options);
    assert.deepEqual(
      all.map(({ uid }) => uid),
      Object.values(dashboardUids),
    );
    assert.deepEqual(
      models.map(({ uid }) => uid),
      Object.values(dashboardUids),
    );
  });

  it("cannot be edited in Grafana, because they are provisioned from code", () => {
    for (const { title, editable } of models) assert.equal(editable, false, title);
  });

  it("link to each other and keep the time range and the variables", () => {
    for (const model of models) {
      const [link] = (model as unknown as { links: Record<string, unknown>[] }).links;
      assert.equal(link?.type, "dashboards");
      assert.deepEqual(link.tags, model.tags);
      assert.ok(link.keepTime && link.includeVars);
    }
  });

  it("fill rows of 24 columns without gaps or overlaps", () => {
    for (const model of models) {
      const taken = new Set<string>();
      for (const { gridPos, title } of [
        ...model.panels.filter(({ type }) => type === "row"),
        ...panelsOf(model),
      ]) {
        for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
          for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
            assert.ok(!taken.has(`${x} ${y}`), `${model.title}, ${title}: something else is there`);
            taken.add(`${x} ${y}`);
          }
        }
      }
      const height = Math.max(...[...taken].map((cell) => Number(cell.split(" ")[1]))) + 1;
      assert.equal(taken.size, 24 * height, model.title);
    }
  });

  it("number their panels and queries, so that links and transformations can refer to them", () => {
    for (const model of models) {
      const ids = [...model.panels, ...model.panels.flatMap(({ panels = [] }) => panels)].map(({ id }) => id);
      assert.equal(new Set(ids).size, ids.length, model.title);
      for (const { targets = [] } of panelsOf(model)) {
        assert.deepEqual(
          targets.map(({ refId }) => refId),
          [..."ABCDEFGHIJ"].slice(0, targets.length),
        );
      }
    }
  });

  it("compare measured and configured latency on the first screen", () => {
    const server = models.find(({ uid }) => uid === dashboardUids.delayedServer);
    const truth = server?.panels.find(({ title }) => title === "Ground truth");
    assert.ok(truth && truth.gridPos.y + truth.gridPos.h <= 26);
  });

  it("omit the bad buckets if the server does not have them", async () => {
    const without = await dashboards({ ...options, naiveBuckets: false });
    for (const { uid, json } of without) assert.doesNotMatch(json, /naive_buckets/, uid);
    assert.match((await dashboards(options)).map(({ json }) => json).join(), /naive_buckets/);
  });

  it("omit the load generator if there is none", async () => {
    const without = await dashboards({ ...options, load: false });
    for (const { uid, json } of without) assert.doesNotMatch(json, /load_/, uid);
    assert.match((await dashboards(options)).map(({ json }) => json).join(), /load_requests_total/);
  });

  it("select the servers of their own stack, unless some are outside the cluster", async () => {
    const current = async (changes: Partial<DashboardOptions>) => {
      const [first] = await dashboards({ ...options, ...changes });
      const { templating } = JSON.parse(first?.json ?? "") as DashboardModel;
      return templating.list.find((one) => one.name === "namespace")?.current?.value;
    };
    assert.deepEqual(await current({}), ["latency-lab"]);
    assert.deepEqual(await current({ outside: true }), ["$__all"]);
  });
});

describe("every panel", () => {
  it("has a title and a description that says more than the title", () => {
    eachPanel((panel, named) => {
      assert.ok((panel.title ?? "") !== "", named);
      assert.ok((panel.description ?? "").length > (panel.title ?? "").length + 10, named);
    });
  });

  it("has a type that Grafana still supports", () => {
    for (const model of models) {
      for (const panel of panelsOf(model)) assert.ok(currentTypes.includes(panel.type), name(model, panel));
    }
  });

  it("has a unit that Grafana knows", () => {
    eachPanel((panel, named) => {
      if (panel.type === "logs") return;
      const { yAxis } = (panel.options ?? {}) as { yAxis?: { unit?: string } };
      const units = [
        panel.fieldConfig?.defaults?.unit ?? yAxis?.unit,
        ...(panel.fieldConfig?.overrides ?? []).flatMap(({ properties }) =>
          properties.filter(({ id }) => id === "unit").map(({ value }) => value),
        ),
      ];
      for (const unit of units) assert.ok(knownUnits.has(unit), `${named}: ${unit}`);
    });
  });

  it("uses a data source that can be selected", () => {
    eachPanel((panel, named) => {
      assert.match(panel.datasource?.uid ?? "", /^(\$\w+_datasource|-- Mixed --)$/, named);
      assert.notEqual(panel.targets?.length ?? 0, 0, named);
      for (const { datasource } of panel.targets ?? []) {
        assert.equal(datasource.uid, `$${datasource.type}_datasource`, named);
      }
    });
  });
});

describe("every query", () => {
  it("to Prometheus selects only the chosen job and instance", () => {
    eachQuery("prometheus", ({ expr }, named) => {
      const found = selectors(expr);
      for (const matchers of found) {
        assert.match(matchers, /job=~"\$job"/, named);
        assert.match(matchers, /instance=~"\$instance"/, named);
      }
      assert.ok(found.length > 0 || /slo:|route:|ALERTS/.test(expr), named);
    });
  });

  it("uses $__rate_interval for rates, which fits every scrape interval and zoom", () => {
    eachQuery("prometheus", ({ expr }, named) => {
      for (const [, range] of expr.matchAll(/\b(?:i?rate)\([^[]*\[([^\]]*)\]/g)) {
        assert.equal(range, "$__rate_interval", named);
      }
      for (const [, range] of expr.matchAll(/\[([^\]]*)\]/g)) {
        assert.match(range ?? "", /^\$__(rate_interval|range)$/, named);
      }
    });
  });

  it("never shows a raw counter, except in the step that explains counters", () => {
    eachQuery("prometheus", ({ expr }, named) => {
      if (named.includes("httpserver_execution_latency_seconds_bucket,")) return;
      // These two are gauges despite their names.
      if (/promtail_(file|read)_bytes_total/.test(expr)) return;
      const bare = expr.replace(/\b(rate|increase|changes)\([^[]*\[[^\]]*\]\)/g, "");
      assert.doesNotMatch(bare, /_(total|bucket|count|sum)\{/, named);
    });
  });

  it("groups by and shows only labels that its metrics have", () => {
    const all: Metric[] = [metrics, processMetrics, loadMetrics, kept, recent].flatMap(Object.values);
    let found = 0;
    eachQuery("prometheus", ({ expr, legendFormat = "" }, named) => {
      const asked = all.filter(({ name }) => new RegExp(`\\b${name}(_bucket|_sum|_count)?\\{`).test(expr));
      // real-data.test.ts asks Prometheus for the labels of its own metrics and Loki's.
      if (asked.length === 0) return;
      found++;
      const had = asked.flatMap(({ labels, recorded }) => [...labels, ...(recorded ? [] : targetLabels)]);
      const used = [...expr.matchAll(/\b(?:by|on|ignoring) \(([^)]*)\)/g)].flatMap(([, l = ""]) =>
        l.split(", "),
      );
      const shown = [...legendFormat.matchAll(/{{(\w+)}}/g)].map(([, label = ""]) => label);
      for (const label of [...used, ...shown].filter((one) => one !== "le" && one !== "quantile")) {
        assert.ok(had.includes(label), `${named}: ${label}`);
      }
    });
    assert.ok(found > 40, `only ${found} queries`);
  });

  it("groups recorded sums over many pods only by labels that they keep", async () => {
    const all = (await dashboards({ ...options, manyPods: true })).map(({ json }) => json).join();
    const grouped = [...all.matchAll(/by \(([^)]*)\) \(\((?:avg|sum)_over_time\(all_pods:(\w+):rate/g)];
    assert.ok(grouped.length > 10, `only ${grouped.length} queries`);
    for (const [, labels = "", name = ""] of grouped) {
      const has = summedOverPods[name]?.split(", ");
      for (const label of labels.split(", ")) assert.ok(has?.includes(label), `${name}: ${label}`);
    }
  });

  it("to Loki counts over Grafana's interval", () => {
    eachQuery("loki", ({ expr }, named) => {
      for (const [, range] of expr.matchAll(/\[(\$?\w+)\]/g)) assert.equal(range, "$__interval", named);
    });
  });

  it("uses only variables that exist", () => {
    for (const model of models) {
      const known = new Set(model.templating.list.map((variable) => variable.name));
      const asked = JSON.stringify([model.panels, model.templating.list.map(({ query }) => query)]);
      for (const [, variable = ""] of asked.matchAll(/\$(?!__)(\w+)/g)) {
        assert.ok(known.has(variable), `${model.title}: $${variable}`);
      }
    }
  });
});

describe("the variables", () => {
  it("let the user choose the data sources", () => {
    for (const { title, templating } of models) {
      const datasources = templating.list.filter(({ type }) => type === "datasource");
      assert.ok(datasources.length > 0, title);
      for (const one of datasources) {
        assert.equal(one.name, `${one.query}_datasource`);
        assert.equal(one.label?.toLowerCase(), `${one.query} data source`);
        assert.equal(one.current?.value, one.query, "the datasource of the stack comes first");
      }
    }
  });

  it("let the user choose one, several or all jobs and instances", () => {
    for (const { title, templating } of models) {
      for (const variable of ["job", "instance"]) {
        const found = templating.list.find((one) => one.name === variable);
        assert.equal(found?.label?.toLowerCase(), variable, title);
        assert.match(found?.allValue ?? "", /^\.[+*]$/);
        assert.ok(found?.multi && found.includeAll);
        assert.equal(found?.datasource?.uid, "$prometheus_datasource");
      }
    }
  });

  it("are refreshed when the time range changes, so that new pods are found", () => {
    for (const { title, templating } of models) {
      for (const one of templating.list.filter(({ type }) => type === "query")) {
        assert.equal(one.refresh, 2, `${title}: ${one.name}`);
      }
    }
  });
});

/** Every unit of Grafana. */
const knownUnits: ReadonlySet<unknown> = new Set<unknown>(Object.values(units));

const withVariables = (...list: VariableModel[]) => ({ templating: { list } });
const variable = (name: string, value: string[], allValue = ".+"): VariableModel => ({
  name,
  type: "query",
  allValue,
  current: { text: value, value },
});

describe("the variables of a query", () => {
  it("are replaced by their values at the time the dashboard is opened", () => {
    const model = withVariables(
      variable("job", ["$__all"]),
      variable("pod", ["$__all"], ".*"),
      variable("namespace", ["lab"]),
    );
    assert.equal(fillIn("{$job $pod $namespace}", model), "{.+ .* lab}");
  });

  it("are escaped and joined as Grafana does when several values are selected", () => {
    const model = withVariables(variable("route", ["/", "/*"]));
    assert.equal(fillIn('{route=~"$route"}', model), '{route=~"(/|/\\\\*)"}');
  });

  it("stay as they are if they are Grafana's own, and fail if they are unknown", () => {
    const text: VariableModel = {
      name: "request_id",
      type: "textbox",
      query: "",
      current: { text: "", value: "" },
    };
    assert.equal(
      fillIn('rate(a[$__rate_interval]) "$request_id"', withVariables(text)),
      'rate(a[$__rate_interval]) ""',
    );
    assert.throws(() => fillIn("$nothing", withVariables()), /nothing/);
  });
});
