// Every wrong situation leads to one short message with what, why and fix, before anything is
// created.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { delimiter, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { parse, stringify } from "yaml";
import { Checkout } from "../test/checkout.ts";
import { notInstalled } from "../test/environment.ts";
import { cluster, type EngineSituation, engine, kubeconfigFor, listening, node } from "../test/fakes.ts";
import { exitCodes } from "./terminal/say.ts";

const { failed, notReady, wrongInput } = exitCodes;

/** Maximum number of lines of a message. */
const mostLines = 6;

const noProc = process.platform === "linux" ? false : "there is no /proc to stand for a full disk";
const noDocker = notInstalled("docker");

describe("a wrong situation is reported in a few lines, and nothing is created:", () => {
  let project: Checkout;
  before(() => {
    project = new Checkout().shareDependencies();
    project.write("chart/Chart.yaml", "name: loki-stack\nversion: 2.10.3\n");
    project.write("other/Chart.yaml", "name: loki\nversion: 6.0.0\n");
    project.write("Pulumi.broken.yaml", "config:\n  latency-lab:cluster: [local\n");
    project.write("Pulumi.plain.yaml", "config:\n  latency-lab:registryPassword: hunter2\n");
  });
  after(() => project.remove());

  /** The environment for an engine in some situation. */
  async function withEngine(situation: EngineSituation = {}): Promise<NodeJS.ProcessEnv> {
    return { DOCKER_HOST: (await engine(project.folder, situation)).host };
  }

  /** Runs `up` with settings and expects a message with these texts, in this order. */
  async function refused(
    code: number,
    says: readonly RegExp[],
    settings: Record<string, string>,
    environment: NodeJS.ProcessEnv = {},
  ): Promise<void> {
    const flags = Object.entries(settings).flatMap(([key, value]) => ["--config", `${key}=${value}`]);
    await told(code, says, ["up", "--stack", "wrong", ...flags], environment);
  }

  async function told(
    code: number,
    says: readonly RegExp[],
    args: readonly string[],
    environment: NodeJS.ProcessEnv = {},
  ): Promise<void> {
    const run = await project.command(args, environment);
    assert.equal(run.code, code, run.stdout + run.stderr);
    for (const text of says) assert.match(run.stderr, text);
    const lines = run.stderr.trim().split("\n");
    assert.ok(lines.length <= mostLines, `${lines.length} lines:\n${run.stderr}`);
    assert.doesNotMatch(run.stderr, /^\s+at .*:\d+/m, "a stack trace");
    assert.deepEqual(project.stacks, []);
  }

  const chart = { lokiStackChart: "chart" };

  // Wrong input.

  const wrongSettings: readonly (readonly [string, Record<string, string>, RegExp[]])[] = [
    [
      "a shortest delay above the longest",
      { delayMin: "3s" },
      [/delayMin = "3s"/, /at most delayMax \(2s\)/, /fix: npm run up -- --stack wrong --config delayMin=/],
    ],
    [
      "a port outside the NodePort range",
      { grafanaNodePort: "8080" },
      [/grafanaNodePort = "8080"/, /30000 to 32767/, /--config grafanaNodePort=30300/],
    ],
    [
      "two services on one port",
      { serverNodePort: "31000", grafanaNodePort: "31000" },
      [/serverNodePort and grafanaNodePort are both 31000/],
    ],
    ["an unknown kind of cluster", { cluster: "remote" }, [/cluster = "remote"/, /one of local, existing/]],
    ["a misspelt setting", { delayMaxx: "1s" }, [/delayMaxx is not a setting/, /did you mean delayMax\?/]],
    [
      "an existing cluster without a context",
      { cluster: "existing" },
      [/without a context/, /kubectl config get-contexts/],
    ],
    ["a user without a registry", { registryUsername: "me" }, [/registryUsername = "me" without a registry/]],
  ];
  for (const [situation, settings, says] of wrongSettings)
    it(situation, () => refused(wrongInput, says, settings));

  const wrongCommands: readonly (readonly [string, string, RegExp[]])[] = [
    [
      "a setting without a value",
      "up --config delayMax",
      [/--config delayMax is not KEY=VALUE/, /there is no =/],
    ],
    [
      "a secret on the command line",
      "up --config registryPassword=hunter2",
      [/registryPassword=… would show a secret/, /npm run secret -- registryPassword/],
    ],
    ["an unknown option", "up --force", [/unknown option '--force'/]],
    ["an unknown command", "start", [/unknown command 'start'/]],
    [
      "an invalid stack name",
      "up --stack my+stack",
      [/stack = "my\+stack" is not allowed/, /letters, digits/],
    ],
    [
      "down without a terminal and without --yes",
      "down --stack there",
      [/`down` needs --yes/, /npm run down -- --stack there --yes/],
    ],
    [
      "a stack's file that is not YAML",
      "up --stack broken",
      [/Pulumi\.broken\.yaml is not YAML/, /git checkout/],
    ],
    [
      "a secret in plain text in a stack's file",
      "up --stack plain",
      [/registryPassword is in plain text/, /npm run secret -- --stack plain registryPassword/],
    ],
  ];
  for (const [situation, command, says] of wrongCommands)
    it(situation, () => told(wrongInput, says, command.split(" ")));

  it("a password of a stack that is not up", () =>
    told(
      failed,
      [/the stack nothing is not up/, /npm run up -- --stack nothing/],
      ["password", "--stack", "nothing"],
    ));

  // Problems of the machine.

  it("no docker command", async () => {
    const PATH = join(project.folder, "chart");
    await refused(notReady, [/Docker is not installed/, /docs\.docker\.com/], chart, { PATH });
  });

  it("an engine that is not running", { skip: noDocker }, () =>
    refused(
      notReady,
      [/the Docker engine of DOCKER_HOST = .* does not answer/, /why: .+/, /fix: .*unset DOCKER_HOST/],
      chart,
      { DOCKER_HOST: `unix://${project.folder}/no.sock` },
    ),
  );

  for (const [situation, of, says] of [
    ["an engine with too little memory", { memory: 2 ** 30 }, [/has 1\.0 GiB of memory/, /needs 2\.5 GiB/]],
    // /proc is read-only, and present on every Linux.
    [
      "an engine with too little disk",
      { rootFolder: "/proc" },
      [/0\.0 GiB of disk left/, /docker system prune/],
    ],
    [
      "a disk that filled up under a running cluster",
      { rootFolder: "/proc", containers: [{ name: "latency-lab-wrong-k3s", port: 1 }] },
      [/0\.0 GiB of disk left/, /evicts its pods/, /docker system prune/],
    ],
  ] as [string, EngineSituation, RegExp[]][]) {
    it(situation, { skip: noDocker || (of.rootFolder && noProc) }, async () =>
      refused(notReady, says, chart, await withEngine(of)),
    );
  }

  it("a port that a container publishes", { skip: noDocker }, async () =>
    refused(
      notReady,
      [/grafanaNodePort = 32111 is in use/, /container shop publishes it/, /grafanaNodePort=3/],
      { ...chart, grafanaNodePort: "32111" },
      await withEngine({ containers: [{ name: "shop", port: 32111 }] }),
    ),
  );

  it("a port that another program listens on", { skip: noDocker }, async () => {
    const port = await listening(createServer());
    await refused(
      notReady,
      [new RegExp(`apiPort = ${port} is in use`), /another program listens/, /--config apiPort=\d+/],
      { ...chart, apiPort: String(port) },
      await withEngine(),
    );
  });

  for (const [situation, lokiStackChart, says] of [
    ["a missing chart", "./none.tgz", [/"\.\/none\.tgz" does not exist/, /there is no \S+none\.tgz/]],
    ["a folder that is not a chart", "service", [/"service" is not a chart/, /Chart\.yaml/]],
    ["another chart", "other", [/"other" is another chart/, /it is loki 6\.0\.0/]],
    [
      "a chart whose address does not answer",
      "http://127.0.0.1:1/loki-stack-2.10.3.tgz",
      [/the chart loki-stack can't be downloaded/, /127\.0\.0\.1:1/, /--config lokiStackChart=PATH/],
    ],
  ] as [string, string, RegExp[]][]) {
    it(situation, { skip: noDocker }, async () =>
      refused(notReady, says, { lokiStackChart }, await withEngine()),
    );
  }

  // Problems of an existing cluster.

  const existing = { ...chart, cluster: "existing", context: "lab" };

  for (const [situation, settings, says] of [
    ["no kubeconfig", { kubeconfig: "none" }, [/the kubeconfig .*none can't be read/, /no such file/i]],
    [
      "a context that is not in the kubeconfig",
      { context: "prod" },
      [/context = "prod" is not in/, /it has: lab/, /--config context=lab/],
    ],
    [
      "a cluster that does not answer",
      {},
      [/context = "lab": the cluster does not answer/, /127\.0\.0\.1:1/],
    ],
  ] as [string, Record<string, string>, RegExp[]][]) {
    it(situation, { skip: noDocker }, async () => {
      project.write("kubeconfig", kubeconfigFor("http://127.0.0.1:1"));
      const given = { ...existing, kubeconfig: "kubeconfig", ...settings };
      await refused(notReady, says, given, await withEngine());
    });
  }

  it("a failed login, reported once, with the other problems", { skip: noDocker }, async () => {
    const script = `#!/bin/sh\necho run >> ${project.folder}/logins\necho >&2; echo "run aws sso login" >&2; exit 255\n`;
    project.write("bin/login.sh", script);
    const config = parse(kubeconfigFor("https://127.0.0.1:1"));
    config.users[0].user = {
      exec: { apiVersion: "client.authentication.k8s.io/v1beta1", command: "./bin/login.sh" },
    };
    project.write("kubeconfig", stringify(config));
    const says = [/exec plugin \S+login\.sh\n {2}why: run aws sso login \(exit code 255\)/, /none\.tgz/];
    const settings = { ...existing, kubeconfig: "kubeconfig", lokiStackChart: "./none.tgz" };
    await refused(notReady, says, settings, await withEngine());
    assert.equal(readFileSync(join(project.folder, "logins"), "utf8"), "run\n");
  });

  it("missing files of a kubeconfig, in a list with a broken one", {
    skip: noDocker,
  }, async () => {
    project.write("broken-kubeconfig", "clusters: [\n");
    const config = parse(kubeconfigFor("https://127.0.0.1:1"));
    config.users[0].user = { tokenFile: "gone" };
    project.write("kubeconfig", stringify(config));
    const files = ["none", "broken-kubeconfig", "kubeconfig"].map((name) => join(project.folder, name));
    const env = await withEngine();
    await refused(notReady, [/the kubeconfig \S+broken-kubeconfig is broken/], existing, {
      ...env,
      KUBECONFIG: files.join(delimiter),
    });
    const gone = /tokenFile of the user "lab" can't be used\n {2}why: \S+gone: there is no such file/;
    await refused(notReady, [gone], existing, { ...env, KUBECONFIG: `${files[0]}${delimiter}${files[2]}` });
  });

  for (const [situation, of, settings, says] of [
    [
      "a namespace of someone else",
      { namespaces: [{ name: "latency-lab-wrong", labels: { team: "payments" } }] },
      {},
      [/the namespace latency-lab-wrong already exists/, /does not use existing ones/, /--config name=/],
    ],
    [
      "a NodePort that another service uses",
      { services: [{ namespace: "shop", name: "front", nodePort: 30555 }] },
      { grafanaNodePort: "30555" },
      [/grafanaNodePort = 30555 is in use in the cluster/, /service shop\/front/, /grafanaNodePort=30556/],
    ],
    [
      "nodes without an address",
      { nodes: [node("n", { addresses: [] })] },
      {},
      [/no node of the cluster has an address/, /--config nodeAddress=/],
    ],
    [
      "a user who can read but not create cluster roles",
      { lacks: ["create clusterroles", "patch clusterroles", "create clusterrolebindings"] },
      {},
      [
        /the user "alice" lacks rights that the stack needs/,
        /in the whole cluster: create, patch: clusterroles\.rbac\.authorization\.k8s\.io/,
        /in the whole cluster: create: clusterrolebindings/,
      ],
    ],
    [
      "a registry that does not answer",
      {},
      { registry: "127.0.0.1:1/team" },
      [/registry = "127\.0\.0\.1:1\/team" does not answer/],
    ],
    [
      "a cluster that refuses the user",
      { status: 403 },
      {},
      [/the cluster refuses this user \(403\)/, /--config context=NAME/],
    ],
  ] as [string, Parameters<typeof cluster>[0], Record<string, string>, RegExp[]][]) {
    it(situation, { skip: noDocker }, async () => {
      const { kubeconfig, made } = await cluster(of);
      project.write("kubeconfig", kubeconfig);
      const given = { ...existing, kubeconfig: "kubeconfig", ...settings };
      await refused(notReady, says, given, await withEngine());
      assert.deepEqual(made, []);
    });
  }

  it("several problems at once, all of them reported", { skip: noDocker }, async () => {
    const says = [/GiB of memory/, /none\.tgz" does not exist/];
    await refused(notReady, says, { lokiStackChart: "./none.tgz" }, await withEngine({ memory: 2 ** 30 }));
  });

  it("and the engine was not changed", { skip: noDocker }, async () => {
    const { host, asked } = await engine(project.folder, { memory: 2 ** 30 });
    const args = ["up", "--stack", "wrong", "--config", "lokiStackChart=chart"];
    await project.command(args, { DOCKER_HOST: host });
    assert.ok(asked.length > 0 && asked.every((one) => /^(GET|HEAD) /.test(one)), asked.join());
  });
});
