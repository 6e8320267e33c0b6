// What grafana/dashboard-linter asks of a dashboard, and what this project asks on top.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as units from "@grafana/grafana-foundation-sdk/units";
import { type DashboardModel, type PanelModel, panelsOf, type Target } from "./check/model.ts";
import { type DashboardOptions, dashboards, dashboardUids, defaultOptions } from "./index.ts";

const options: DashboardOptions = {
  ...defaultOptions(),
  stack: { namespace: "latency-lab", instance: "latency-lab" },
};
const models = (await dashboards(options)).map(({ json }) => JSON.parse(json) as DashboardModel);

/** Current panel types of Grafana 10.3; graph, singlestat and table-old are gone or going. */
const currentTypes = ["barchart", "heatmap", "logs", "stat", "table", "text", "timeseries"];

/** Everything but what is only there to be read. */
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

/** The `{…}` of every selector of the server's or another program's own series. */
function selectors(expr: string): string[] {
  return (
    [...expr.matchAll(/([a-zA-Z_:][a-zA-Z0-9_:]*)?\{([^}]*)\}/g)]
      // What recording rules keep has neither job nor instance any more; what Prometheus says about alerts never had.
      .filter(([, metric = ""]) => !metric.includes(":") && metric !== "ALERTS")
      .map(([, , matchers = ""]) => matchers)
  );
}

describe("the dashboards", () => {
  it("are the same text from run to run", async () => {
    assert.deepEqual(await dashboards(options), await dashboards(structuredClone(options)));
  });

  it("are those whose uids others rely on, in a folder of their own", async () => {
    const all = await dashboards(options);
    assert.deepEqual(
      all.map(({ uid }) => uid),
      Object.values(dashboardUids),
    );
    assert.deepEqual(
      models.map(({ uid }) => uid),
      Object.values(dashboardUids),
    );
    assert.deepEqual([...new Set(all.map(({ folder }) => folder))], ["latency-lab"]);
  });

  it("can't be edited where they are provisioned from code", () => {
    for (const { title, editable } of models) assert.equal(editable, false, title);
  });

  it("link to each other and keep time and choices", () => {
    for (const model of models) {
      const [link] = (model as unknown as { links: Record<string, unknown>[] }).links;
      assert.equal(link?.type, "dashboards");
      assert.deepEqual(link.tags, model.tags);
      assert.ok(link.keepTime && link.includeVars);
    }
  });

  it("fill rows of 24 columns without a gap or an overlap", () => {
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

  it("number their panels and queries, so that links and transformations find them", () => {
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

  it("begin with the truth: measured against configured on the first screen", () => {
    const server = models.find(({ uid }) => uid === dashboardUids.delayedServer);
    const truth = server?.panels.find(({ title }) => title === "Ground truth");
    assert.ok(truth && truth.gridPos.y + truth.gridPos.h <= 26);
  });

  it("leave the bad buckets out where the server does not have them", async () => {
    const without = await dashboards({ ...options, naiveBuckets: false });
    for (const { uid, json } of without) assert.doesNotMatch(json, /naive_buckets/, uid);
    assert.match((await dashboards(options)).map(({ json }) => json).join(), /naive_buckets/);
  });

  it("leave the load generator out where there is none", async () => {
    const without = await dashboards({ ...options, load: false });
    for (const { uid, json } of without) assert.doesNotMatch(json, /load_/, uid);
    assert.match((await dashboards(options)).map(({ json }) => json).join(), /load_requests_total/);
  });

  it("begin with the servers of their own stack, unless some are outside the cluster", async () => {
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

  it("is of a type that Grafana still has", () => {
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

  it("asks a datasource that can be chosen", () => {
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
  it("to Prometheus speaks of the chosen job and instance only", () => {
    eachQuery("prometheus", ({ expr }, named) => {
      const found = selectors(expr);
      for (const matchers of found) {
        assert.match(matchers, /job=~"\$job"/, named);
        assert.match(matchers, /instance=~"\$instance"/, named);
      }
      assert.ok(found.length > 0 || /slo:|route:|ALERTS/.test(expr), named);
    });
  });

  it("takes rates over $__rate_interval, which fits every scrape interval and zoom", () => {
    eachQuery("prometheus", ({ expr }, named) => {
      for (const [, range] of expr.matchAll(/\b(?:i?rate)\([^[]*\[([^\]]*)\]/g)) {
        assert.equal(range, "$__rate_interval", named);
      }
      for (const [, range] of expr.matchAll(/\[([^\]]*)\]/g)) {
        assert.match(range ?? "", /^\$__(rate_interval|range)$/, named);
      }
    });
  });

  it("never shows a counter as it is, but for the step that teaches what one is", () => {
    eachQuery("prometheus", ({ expr }, named) => {
      if (named.includes("httpserver_execution_latency_seconds_bucket,")) return;
      // Two gauges, whatever Promtail calls them.
      if (/promtail_(file|read)_bytes_total/.test(expr)) return;
      const bare = expr.replace(/\b(rate|increase|changes)\([^[]*\[[^\]]*\]\)/g, "");
      assert.doesNotMatch(bare, /_(total|bucket|count|sum)\{/, named);
    });
  });

  it("to Loki counts over the interval that Grafana chooses", () => {
    eachQuery("loki", ({ expr }, named) => {
      for (const [, range] of expr.matchAll(/\[(\$?\w+)\]/g)) assert.equal(range, "$__interval", named);
    });
  });

  it("uses variables that are there", () => {
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
  it("let somebody choose the datasources", () => {
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

  it("let somebody choose job and instance, several or all of them", () => {
    for (const { title, templating } of models) {
      for (const variable of ["job", "instance"]) {
        const found = templating.list.find((one) => one.name === variable);
        assert.equal(found?.label?.toLowerCase(), variable, title);
        assert.equal(found?.allValue, ".+");
        assert.ok(found?.multi && found.includeAll);
        assert.equal(found?.datasource?.uid, "$prometheus_datasource");
      }
    }
  });

  it("look for values again when the time changes, so that new pods are found", () => {
    for (const { title, templating } of models) {
      for (const one of templating.list.filter(({ type }) => type === "query")) {
        assert.equal(one.refresh, 2, `${title}: ${one.name}`);
      }
    }
  });
});

/** Every unit that Grafana has. */
const knownUnits: ReadonlySet<unknown> = new Set<unknown>(Object.values(units));
