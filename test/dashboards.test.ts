import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fillIn, type VariableModel } from "./dashboards.ts";

const dashboard = (...list: VariableModel[]) => ({ templating: { list } });
const query = (name: string, value: string[], allValue = ".+"): VariableModel => ({
  name,
  type: "query",
  allValue,
  current: { text: value, value },
});

describe("the variables of a query", () => {
  it("are replaced by their values at the time the dashboard is opened", () => {
    const model = dashboard(
      query("job", ["$__all"]),
      query("pod", ["$__all"], ".*"),
      query("namespace", ["lab"]),
    );
    assert.equal(fillIn("{$job $pod $namespace}", model), "{.+ .* lab}");
  });

  it("are escaped and joined as Grafana does when several values are selected", () => {
    const model = dashboard(query("route", ["/", "/*"]));
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
      fillIn('rate(a[$__rate_interval]) "$request_id"', dashboard(text)),
      'rate(a[$__rate_interval]) ""',
    );
    assert.throws(() => fillIn("$nothing", dashboard()), /nothing/);
  });
});
