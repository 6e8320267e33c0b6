import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fillIn } from "./fill-in.ts";
import type { VariableModel } from "./model.ts";

const dashboard = (...list: VariableModel[]) => ({ templating: { list } });
const query = (name: string, value: string[], allValue = ".+"): VariableModel => ({
  name,
  type: "query",
  allValue,
  current: { text: value, value },
});

describe("a query's variables", () => {
  it("are filled in with what is chosen when the dashboard is opened", () => {
    const model = dashboard(
      query("job", ["$__all"]),
      query("pod", ["$__all"], ".*"),
      query("namespace", ["lab"]),
    );
    assert.equal(fillIn(`{$job $pod \${namespace}}`, model), "{.+ .* lab}");
  });

  it("are escaped and joined like Grafana does, where several are chosen", () => {
    const model = dashboard(query("route", ["/", "/*"]));
    assert.equal(fillIn('{route=~"$route"}', model), '{route=~"(/|/\\\\*)"}');
  });

  it("leave Grafana's own alone, and fail when they are unknown", () => {
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
