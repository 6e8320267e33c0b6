import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parse } from "yaml";
import type { Problem } from "../errors.ts";
import { names, ports } from "../plan.ts";
import { withConfig, withTables } from "./generate.ts";
import { type RawSettings, readSettings } from "./read.ts";
import { schema } from "./schema.ts";

function problems(raw: RawSettings): Problem[] {
  return readSettings(raw).problems;
}

function configuration(raw: RawSettings = {}) {
  const read = readSettings(raw);
  assert.ok(read.configuration, JSON.stringify(read.problems));
  return read.configuration;
}

describe("settings", () => {
  it("are valid if nothing is set", () => {
    assert.equal(configuration().settings.cluster, "local");
    assert.deepEqual(configuration().environment, {});
  });

  it("that are wrong are all reported at once, with the value, what is allowed and a command", () => {
    const found = problems({
      cluster: "lokal",
      grafanaNodePort: "80",
      scrapeInterval: "0",
      delayMax: "soon",
    });
    assert.deepEqual(
      found.map(({ what }) => what),
      [
        'cluster = "lokal" is not allowed',
        'delayMax = "soon" is not allowed',
        'grafanaNodePort = "80" is not allowed',
        'scrapeInterval = "0" is not allowed',
      ],
    );
    for (const { why, fix } of found) {
      assert.match(why, /must be /);
      assert.match(fix, /^npm run up -- --config \w+=\S+/);
    }
  });

  it("that are unknown are reported, with the most similar name", () => {
    const [problem] = problems({ delaymax: "1s" });
    assert.equal(problem?.what, "delaymax is not a setting of latency-lab");
    assert.match(problem?.why ?? "", /did you mean delayMax\?/);
    assert.equal(
      problem?.fix,
      "npm run up -- --config delayMax=1s; if it is in the stack's file, remove its line",
    );
  });

  it("refuse a user and a password in a URL", () => {
    const [problem] = problems({ remoteWriteUrl: "https://me:secret@mimir.example.com/api/v1/push" });
    assert.match(problem?.why ?? "", /without user and password/);
    assert.deepEqual(problems({ lokiUrl: "http://loki-gateway.logs" }), []);
  });

  it("refuse several agents without a store that has all their samples", () => {
    const [problem] = problems({
      scrapeShards: "3",
      remoteWriteUrl: "https://mimir.example.com/api/v1/push",
    });
    assert.equal(problem?.what, 'scrapeShards = "3" without a queryUrl');
    const url = "https://mimir.example.com";
    assert.deepEqual(problems({ scrapeShards: "3", remoteWriteUrl: url, queryUrl: url }), []);
  });

  it("refuse NodePorts that Kubernetes doesn't have", () => {
    for (const port of ["29999", "32768", "-1", "3e4", "30000.5", ""]) {
      const expected = port === "" ? 0 : 1; // Empty is unset.
      assert.equal(problems({ serverNodePort: port }).length, expected, port);
    }
  });

  it("refuse two services on one port", () => {
    const [problem] = problems({ grafanaNodePort: "30900" });
    assert.equal(problem?.what, "grafanaNodePort and prometheusNodePort are both 30900");
    assert.equal(problem?.fix, "npm run up -- --config grafanaNodePort=30901");
  });

  it("need a named context for an existing cluster", () => {
    assert.match(problems({ cluster: "existing" })[0]?.what ?? "", /without a context/);
    assert.deepEqual(problems({ cluster: "existing", context: "lab" }), []);
  });

  it("accept 0 for a derived port, as in Pulumi.yaml", () => {
    assert.equal(configuration({ grafanaNodePort: "0" }).settings.grafanaNodePort, undefined);
  });

  it("read lists and maps from one line", () => {
    const { settings } = configuration({
      scrapeTargets: "192.0.2.1:19004, lab.example:80",
      registryMirrors: "docker.io=http://a:5000,docker.io=http://b:5000,*=https://c",
    });
    assert.deepEqual(settings.scrapeTargets, ["192.0.2.1:19004", "lab.example:80"]);
    assert.deepEqual(settings.registryMirrors, {
      "docker.io": ["http://a:5000", "http://b:5000"],
      "*": ["https://c"],
    });
  });

  it("never show a secret, even if it or its name is wrong", () => {
    const found = [
      ...problems({ registryPassword: "hunter2\nhunter2" }),
      ...problems({ registrypassword: "hunter2" }),
      ...problems({ registryPasword: "hunter2" }),
    ];
    assert.equal(found.length, 3);
    assert.ok(!JSON.stringify(found).includes("hunter2"));
    assert.equal(
      found[1]?.fix,
      "npm run secret -- registryPassword; if it is in the stack's file, remove its line",
    );
  });

  it("are shown on one line, escaped and shortened, and quoted for a shell", () => {
    const what = (raw: RawSettings) => problems(raw)[0]?.what;
    assert.equal(what({ delayMax: "\x1b[2J\n" }), 'delayMax = "\\u001b[2J" is not allowed');
    assert.equal(what({ delayMax: "\u202e" }), 'delayMax = "\\u{202e}" is not allowed');
    assert.ok((what({ delayMax: "9".repeat(100_000) })?.length ?? 0) < 150);
    assert.match(
      problems({ delaymax: "it's; rm -rf" })[0]?.fix ?? "",
      /--config 'delayMax=it'\\''s; rm -rf'/,
    );
  });

  it("do not include properties of every object, such as constructor", () => {
    for (const key of ["constructor", "toString", "hasOwnProperty"]) {
      assert.equal(problems({ [key]: "x" })[0]?.what, `${key} is not a setting of latency-lab`);
    }
    assert.deepEqual(
      configuration({ registryMirrors: "constructor=http://a" }).settings.registryMirrors.constructor,
      ["http://a"],
    );
  });

  it("refuse URLs with a password, which the state would keep in plain text", () => {
    for (const key of ["npmRegistry", "runbookUrl", "lokiStackChart"]) {
      assert.match(problems({ [key]: "https://me:hunter2@a.example/x" })[0]?.why ?? "", /password/, key);
    }
    assert.equal(problems({ registryMirrors: "docker.io=https://me:hunter2@a" }).length, 1);
  });

  it("refuse values that Prometheus, Helm or Docker would refuse later", () => {
    const wrong: RawSettings = {
      scrapeTargets: "a:99999",
      runbookUrl: "https://a/{{b}}",
      burnRates: "page=2:9999999h/1h",
      nodeAddress: "999.999.999.999",
      k3sImage: "Rancher/K3s",
      imageMirror: "-",
    };
    assert.deepEqual(problems(wrong).length, Object.keys(wrong).length);
  });

  it("are compared with the stack's own ports, not with those of dev", () => {
    assert.equal(readSettings({ grafanaNodePort: "30900" }, "test").problems.length, 0);
    const { prometheusNodePort } = ports({}, "test");
    const [problem] = readSettings({ grafanaNodePort: String(prometheusNodePort) }, "test").problems;
    assert.match(problem?.what ?? "", /grafanaNodePort and prometheusNodePort are both/);
  });

  it("give the server only values that differ from its defaults", () => {
    const { environment } = configuration({ delayMax: "2s", delayMin: "100ms", errorRate: "5%" });
    assert.deepEqual(environment, { DELAY_MIN: "100ms", ERROR_RATE: "5%" });
  });
});

describe("settings of pods", () => {
  const value = (raw: Record<string, string>) => readSettings(raw).configuration?.settings;

  it("read taints in kubectl's form", () => {
    assert.deepEqual(value({ tolerations: "a=b:NoSchedule, c:NoExecute,d,*" })?.tolerations, [
      { key: "a", operator: "Equal", value: "b", effect: "NoSchedule" },
      { key: "c", operator: "Exists", effect: "NoExecute" },
      { key: "d", operator: "Exists" },
      { operator: "Exists" },
    ]);
    for (const wrong of ["a:Never", "*=b", "=b", "a b"])
      assert.equal(value({ tolerations: wrong }), undefined);
  });

  it("read requests and limits of parts, where the last one wins", () => {
    const { resources } = value({ resources: "*=10m/64Mi,prometheus=100m/1Gi-1.5/2Gi" }) ?? {};
    assert.deepEqual(resources?.loki, { requests: { cpu: "10m", memory: "64Mi" } });
    assert.deepEqual(resources?.prometheus, {
      requests: { cpu: "100m", memory: "1Gi" },
      limits: { cpu: "1.5", memory: "2Gi" },
    });
    for (const wrong of ["prom=1/1Gi", "loki=1", "loki=1/1Gi-2", "*=1/1Zi"]) {
      assert.equal(value({ resources: wrong }), undefined, wrong);
    }
  });

  it("accept any label except those that select pods, and any annotation except the stack's own", () => {
    const labels = "team=payments,pod-security.kubernetes.io/enforce=baseline,empty=";
    assert.equal(value({ labels })?.labels.empty, "");
    for (const key of ["app", "release", "app.kubernetes.io/name", "-a", "a/b/c"]) {
      assert.equal(value({ labels: `${key}=x` }), undefined, key);
    }
    assert.equal(
      value({ annotations: "field.cattle.io/projectId=c-1:p-2" })?.annotations["field.cattle.io/projectId"],
      "c-1:p-2",
    );
    for (const text of ["prometheus.io/port=1", "a={{b}}"])
      assert.equal(value({ annotations: text }), undefined);
  });
});

describe("names", () => {
  it("are plain on the stack dev, and include the stack's name on any other", () => {
    assert.deepEqual(names({ name: undefined }, "dev"), {
      instance: "latency-lab",
      serverNamespace: "latency-lab",
      monitoringNamespace: "latency-lab-monitoring",
      release: "loki",
    });
    assert.equal(names({ name: undefined }, "test").release, "loki-test");
  });

  it("are valid in Kubernetes for every stack name", () => {
    for (const stack of ["Dev_2", "feature.login", "-x-", "_", ".", "-", "A".repeat(100), "9"]) {
      for (const name of Object.values(names({ name: undefined }, stack))) {
        assert.match(name, /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/, stack);
      }
    }
  });
});

describe("names of stacks that differ little", () => {
  it("stay different names", () => {
    const long = "a".repeat(40);
    const stacks = ["a.b", "a-b", "a_b", "A-b", long, `${long}a`, "_", ".", "-"];
    const all = stacks.map((stack) => names({ name: undefined }, stack).instance);
    assert.equal(new Set(all).size, stacks.length);
  });
});

describe("derived ports", () => {
  it("stay within what each kind of port allows", () => {
    for (let i = 0; i < 500; i++) {
      const { serverNodePort, grafanaNodePort, prometheusNodePort, apiPort, registryPort } = ports(
        {},
        `s${i}`,
      );
      for (const port of [serverNodePort, grafanaNodePort, prometheusNodePort]) {
        assert.ok(port >= 30000 && port <= 32767);
      }
      for (const port of [apiPort, registryPort]) assert.ok(port > 1024 && port < 65536);
    }
  });

  it("never change for a stack", () => {
    assert.deepEqual(ports({}, "test"), {
      apiPort: ports({}, "dev").apiPort + 125,
      registryPort: 5050 + 125,
      serverNodePort: 31904 + 125,
      grafanaNodePort: 30300 + 125,
      prometheusNodePort: 30900 + 125,
    });
  });
});

const root = join(import.meta.dirname, "..", "..");
const file = (name: string) => readFileSync(join(root, name), "utf8");

describe("the published settings", () => {
  it("in Pulumi.yaml are current (npm run generate updates them)", () => {
    assert.equal(withConfig(file("Pulumi.yaml")), file("Pulumi.yaml"));
  });

  it("in docs/settings.md are current (npm run generate updates them)", () => {
    assert.equal(withTables(file("docs/settings.md")), file("docs/settings.md"));
  });

  it("declare every key with a type, a default and a description", () => {
    const { config } = parse(file("Pulumi.yaml"));
    assert.deepEqual(Object.keys(config), Object.keys(schema));
    for (const [key, declared] of Object.entries<Record<string, unknown>>(config)) {
      assert.match(String(declared.type), /^(string|integer|boolean)$/, key);
      assert.equal(typeof declared.default, declared.type === "integer" ? "number" : declared.type, key);
      assert.ok(String(declared.description).length > 15, key);
    }
  });
});
