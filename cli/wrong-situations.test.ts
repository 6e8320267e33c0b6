// Every wrong situation leads to one short message with what, why and fix, before anything is
// created.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { delimiter, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { parse, stringify } from "yaml";
import { Checkout } from "../test/checkout.ts";
import { cluster, type EngineSituation, engine, kubeconfigFor, listening, node } from "../test/fakes.ts";
import { exitCodes } from "./terminal/say.ts";

/** Maximum number of lines of a message. */
const mostLines = 6;

const noProc = process.platform === "linux" ? false : "there is no /proc to stand for a full disk";
const noDocker = hasDocker() ? false : "there is no docker command to ask an engine with";

describe("a wrong situation is reported in a few lines, and nothing is created:", () => {
  let project: Checkout;
  const closers: (() => void)[] = [];
  before(() => {
    project = new Checkout();
    project.shareDependencies();
    mkdirSync(join(project.folder, "chart"));
    project.write("chart/Chart.yaml", "name: loki-stack\nversion: 2.10.3\n");
    mkdirSync(join(project.folder, "other"));
    project.write("other/Chart.yaml", "name: loki\nversion: 6.0.0\n");
  });
  after(() => {
    for (const close of closers) close();
    project.remove();
  });

  /** The environment for an engine in some situation. */
  async function withEngine(situation: EngineSituation = {}): Promise<NodeJS.ProcessEnv> {
    const { host, close } = await engine(project.folder, situation);
    closers.push(close);
    return { DOCKER_HOST: host };
  }

  /** Runs `up` with settings and expects a message with these texts, in this order. */
  async function refused(
    expected: { code: number; says: readonly RegExp[] },
    settings: Record<string, string>,
    environment: NodeJS.ProcessEnv = {},
  ): Promise<void> {
    const flags = Object.entries(settings).flatMap(([key, value]) => ["--config", `${key}=${value}`]);
    await told(expected, ["up", "--stack", "wrong", ...flags], environment);
  }

  async function told(
    { code, says }: { code: number; says: readonly RegExp[] },
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

  const input = (...says: RegExp[]) => ({ code: exitCodes.wrongInput, says });
  const notReady = (...says: RegExp[]) => ({ code: exitCodes.notReady, says });
  const chart = { lokiStackChart: "chart" };

  // Wrong input.

  it("a shortest delay above the longest", () =>
    refused(
      input(
        /delayMin = "3s"/,
        /at most delayMax \(2s\)/,
        /fix: npm run up -- --stack wrong --config delayMin=/,
      ),
      {
        delayMin: "3s",
      },
    ));

  it("a port outside the NodePort range", () =>
    refused(input(/grafanaNodePort = "8080"/, /30000 to 32767/, /--config grafanaNodePort=30300/), {
      grafanaNodePort: "8080",
    }));

  it("two services on one port", () =>
    refused(input(/serverNodePort and grafanaNodePort are both 31000/), {
      serverNodePort: "31000",
      grafanaNodePort: "31000",
    }));

  it("an unknown kind of cluster", () =>
    refused(input(/cluster = "remote"/, /one of local, existing/), { cluster: "remote" }));

  it("a misspelt setting", () =>
    refused(input(/delayMaxx is not a setting/, /did you mean delayMax\?/), { delayMaxx: "1s" }));

  it("a setting without a value", () =>
    told(input(/--config delayMax is not KEY=VALUE/, /there is no =/), ["up", "--config", "delayMax"]));

  it("a secret on the command line", () =>
    told(input(/registryPassword=… would show a secret/, /npm run secret -- registryPassword/), [
      "up",
      "--config",
      "registryPassword=hunter2",
    ]));

  it("a delay without a unit", () =>
    refused(input(/delayMax = "2000"/, /such as 250ms/), { delayMax: "2000" }));

  it("an error rate above one", () =>
    refused(input(/errorRate = "150%"/, /from 0 to 1/), { errorRate: "150%" }));

  it("an unknown option", () => told(input(/unknown option '--force'/), ["up", "--force"]));

  it("an unknown command", () => told(input(/unknown command 'start'/), ["start"]));

  it("an invalid stack name", () =>
    told(input(/stack = "my stack" is not allowed/, /letters, digits/), ["up", "--stack", "my stack"]));

  it("a stack's file that is not YAML", () => {
    project.write("Pulumi.broken.yaml", "config:\n  latency-lab:cluster: [local\n");
    return told(input(/Pulumi\.broken\.yaml is not YAML/, /git checkout/), ["up", "--stack", "broken"]);
  });

  it("a secret in plain text in a stack's file", () => {
    project.write("Pulumi.plain.yaml", "config:\n  latency-lab:registryPassword: hunter2\n");
    return told(
      input(/registryPassword is in plain text/, /npm run secret -- --stack plain registryPassword/),
      ["up", "--stack", "plain"],
    );
  });

  it("an existing cluster without a context", () =>
    refused(input(/without a context/, /kubectl config get-contexts/), { cluster: "existing" }));

  it("a user without a registry", () =>
    refused(input(/registryUsername = "me" without a registry/), { registryUsername: "me" }));

  it("down without a terminal and without --yes", async () => {
    project.write("Pulumi.there.yaml", "");
    await told(input(/`down` needs --yes/, /npm run down -- --stack there --yes/), [
      "down",
      "--stack",
      "there",
    ]);
  });

  it("a password of a stack that is not up", () =>
    told({ code: exitCodes.failed, says: [/the stack nothing is not up/, /npm run up -- --stack nothing/] }, [
      "password",
      "--stack",
      "nothing",
    ]));

  // Problems of the machine.

  it("no docker command", async () => {
    const empty = join(project.folder, "empty");
    mkdirSync(empty, { recursive: true });
    await refused(notReady(/Docker is not installed/, /docs\.docker\.com/), chart, { PATH: empty });
  });

  it("an engine that is not running", { skip: noDocker }, () =>
    refused(
      notReady(
        /the Docker engine of DOCKER_HOST = .* does not answer/,
        /why: .+/,
        /fix: .*unset DOCKER_HOST/,
      ),
      chart,
      {
        DOCKER_HOST: `unix://${project.folder}/no.sock`,
      },
    ),
  );

  it("an engine with too little memory", { skip: noDocker }, async () =>
    refused(
      notReady(/has 1\.0 GiB of memory/, /needs 2\.5 GiB/),
      chart,
      await withEngine({ memory: 2 ** 30 }),
    ),
  );

  it("an engine with too little disk", { skip: noDocker || noProc }, async () =>
    // Read-only, and present on every Linux.
    refused(
      notReady(/0\.0 GiB of disk left/, /docker system prune/),
      chart,
      await withEngine({ rootFolder: "/proc" }),
    ),
  );

  it("a disk that filled up under a running cluster", { skip: noDocker || noProc }, async () =>
    refused(
      notReady(/0\.0 GiB of disk left/, /evicts its pods/, /docker system prune/),
      chart,
      await withEngine({ rootFolder: "/proc", containers: [{ name: "latency-lab-wrong-k3s", port: 1 }] }),
    ),
  );

  it("a port that a container publishes", { skip: noDocker }, async () =>
    refused(
      notReady(
        /grafanaNodePort = 32111 is in use/,
        /the container shop publishes it/,
        /--config grafanaNodePort=3/,
      ),
      { ...chart, grafanaNodePort: "32111" },
      await withEngine({ containers: [{ name: "shop", port: 32111 }] }),
    ),
  );

  it("a port that another program listens on", { skip: noDocker }, async () => {
    const server = createServer();
    const port = await listening(server);
    closers.push(() => server.close());
    await refused(
      notReady(new RegExp(`apiPort = ${port} is in use`), /another program listens/, /--config apiPort=\d+/),
      { ...chart, apiPort: String(port) },
      await withEngine(),
    );
  });

  it("a missing chart", { skip: noDocker }, async () =>
    refused(
      notReady(/lokiStackChart = "\.\/none\.tgz" does not exist/, /there is no \S+none\.tgz/),
      { lokiStackChart: "./none.tgz" },
      await withEngine(),
    ),
  );

  it("a folder that is not a chart", { skip: noDocker }, async () =>
    refused(
      notReady(/lokiStackChart = "service" is not a chart/, /Chart\.yaml/),
      { lokiStackChart: "service" },
      await withEngine(),
    ),
  );

  it("another chart", { skip: noDocker }, async () =>
    refused(
      notReady(/lokiStackChart = "other" is another chart/, /it is loki 6\.0\.0/),
      { lokiStackChart: "other" },
      await withEngine(),
    ),
  );

  it("a chart whose address does not answer", { skip: noDocker }, async () =>
    refused(
      notReady(/the chart loki-stack can't be downloaded/, /127\.0\.0\.1:1/, /--config lokiStackChart=PATH/),
      { lokiStackChart: "http://127.0.0.1:1/loki-stack-2.10.3.tgz" },
      await withEngine(),
    ),
  );

  // Problems of an existing cluster.

  const existing = { ...chart, cluster: "existing", context: "lab" };

  it("no kubeconfig", { skip: noDocker }, async () =>
    refused(
      notReady(/the kubeconfig .*none can't be read/, /no such file/i),
      { ...existing, kubeconfig: "none" },
      await withEngine(),
    ),
  );

  it("a context that is not in the kubeconfig", { skip: noDocker }, async () => {
    writeFileSync(join(project.folder, "kubeconfig"), kubeconfigFor("http://127.0.0.1:1"));
    await refused(
      notReady(/context = "prod" is not in/, /it has: lab/, /--config context=lab/),
      { ...existing, context: "prod", kubeconfig: "kubeconfig" },
      await withEngine(),
    );
  });

  it("a cluster that does not answer", { skip: noDocker }, async () => {
    writeFileSync(join(project.folder, "kubeconfig"), kubeconfigFor("http://127.0.0.1:1"));
    await refused(
      notReady(/context = "lab": the cluster does not answer/, /127\.0\.0\.1:1/),
      { ...existing, kubeconfig: "kubeconfig" },
      await withEngine(),
    );
  });

  async function onCluster(
    situation: Parameters<typeof cluster>[0],
    expected: { code: number; says: readonly RegExp[] },
    settings: Record<string, string> = {},
  ): Promise<void> {
    const { kubeconfig, made, close } = await cluster(situation);
    closers.push(close);
    writeFileSync(join(project.folder, "kubeconfig"), kubeconfig);
    await refused(expected, { ...existing, kubeconfig: "kubeconfig", ...settings }, await withEngine());
    assert.deepEqual(made, []);
  }

  it("a cluster that refuses the user", { skip: noDocker }, () =>
    onCluster({ status: 403 }, notReady(/the cluster refuses this user \(403\)/, /--config context=NAME/)),
  );

  it("a failed login, reported once, with the other problems", { skip: noDocker }, async () => {
    const plugin = join(project.folder, "login.sh");
    const script = `#!/bin/sh\necho run >> ${project.folder}/logins\necho >&2; echo "run aws sso login" >&2; exit 255\n`;
    writeFileSync(plugin, script, { mode: 0o755 });
    const config = parse(kubeconfigFor("https://127.0.0.1:1"));
    config.users[0].user = {
      exec: { apiVersion: "client.authentication.k8s.io/v1beta1", command: "./login.sh" },
    };
    project.write("kubeconfig", stringify(config));
    const says = [/exec plugin \S+login\.sh\n {2}why: run aws sso login \(exit code 255\)/, /none\.tgz/];
    const settings = { ...existing, kubeconfig: "kubeconfig", lokiStackChart: "./none.tgz" };
    await refused(notReady(...says), settings, await withEngine());
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
    await refused(notReady(/the kubeconfig \S+broken-kubeconfig is broken/), existing, {
      ...env,
      KUBECONFIG: files.join(delimiter),
    });
    const gone = notReady(
      /tokenFile of the user "lab" can't be used\n {2}why: \S+gone: there is no such file/,
    );
    await refused(gone, existing, { ...env, KUBECONFIG: `${files[0]}${delimiter}${files[2]}` });
  });

  it("a namespace of someone else", { skip: noDocker }, () =>
    onCluster(
      { namespaces: [{ name: "latency-lab-wrong", labels: { team: "payments" } }] },
      notReady(
        /the namespace latency-lab-wrong already exists/,
        /does not use existing ones/,
        /--config name=/,
      ),
    ),
  );

  it("a NodePort that another service uses", { skip: noDocker }, () =>
    onCluster(
      { services: [{ namespace: "shop", name: "front", nodePort: 30555 }] },
      notReady(
        /grafanaNodePort = 30555 is in use in the cluster/,
        /the service shop\/front/,
        /grafanaNodePort=30556/,
      ),
      { grafanaNodePort: "30555" },
    ),
  );

  it("nodes without an address", { skip: noDocker }, () =>
    onCluster(
      { nodes: [node("n", { addresses: [] })] },
      notReady(/no node of the cluster has an address/, /--config nodeAddress=/),
    ),
  );

  it("a user who can read but not create cluster roles", { skip: noDocker }, () =>
    onCluster(
      { lacks: ["create clusterroles", "patch clusterroles", "create clusterrolebindings"] },
      notReady(
        /the user "alice" lacks rights that the stack needs/,
        /in the whole cluster: create, patch: clusterroles\.rbac\.authorization\.k8s\.io/,
        /in the whole cluster: create: clusterrolebindings/,
      ),
    ),
  );

  it("a registry that does not answer", { skip: noDocker }, () =>
    onCluster({}, notReady(/registry = "127\.0\.0\.1:1\/team" does not answer/), {
      registry: "127.0.0.1:1/team",
    }),
  );

  it("several problems at once, all of them reported", { skip: noDocker }, async () => {
    const { host, close } = await engine(project.folder, { memory: 2 ** 30 });
    closers.push(close);
    const run = await project.command(["up", "--stack", "wrong", "--config", "lokiStackChart=./none.tgz"], {
      DOCKER_HOST: host,
    });
    assert.equal(run.code, exitCodes.notReady);
    assert.match(run.stderr, /GiB of memory/);
    assert.match(run.stderr, /none\.tgz" does not exist/);
  });

  it("and the engine was not changed", { skip: noDocker }, async () => {
    const { host, asked, close } = await engine(project.folder, { memory: 2 ** 30 });
    closers.push(close);
    await project.command(["up", "--stack", "wrong", "--config", "lokiStackChart=chart"], {
      DOCKER_HOST: host,
    });
    assert.ok(asked.length > 0);
    assert.deepEqual(
      asked.filter((one) => !/^(GET|HEAD) /.test(one)),
      [],
    );
  });
});

function hasDocker(): boolean {
  try {
    execFileSync("docker", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
