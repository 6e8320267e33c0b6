import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { CoreV1Api } from "@kubernetes/client-node";
import { stringify } from "yaml";
import { type ApiServer, apiServer, proxyTo, tlsData, tlsFile } from "../../test/api-server.ts";
import { UserError } from "../errors.ts";
import { ClusterClient } from "./client.ts";
import { readContext } from "./kubeconfig.ts";
import { refusals } from "./refusal.ts";

describe("requests support all of kubectl's login methods:", () => {
  let folder: string;
  let api: ApiServer;
  const proxyVariables = ["HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy"] as const;
  const environment = Object.fromEntries(proxyVariables.map((name) => [name, process.env[name]]));
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "latency-lab-client-"));
    for (const name of proxyVariables) delete process.env[name];
    api = await apiServer();
  });
  afterEach(() => {
    api.asked.length = 0;
    for (const name of proxyVariables) delete process.env[name];
  });
  after(() => {
    rmSync(folder, { recursive: true });
    for (const [name, value] of Object.entries(environment)) if (value) process.env[name] = value;
  });

  const trusted = { "certificate-authority": tlsFile("ca.pem") };

  /** The kubeconfig of one context, read in the same way as by the commands. */
  function kubeconfig(user: object | undefined, cluster: object = {}): string {
    const file = join(folder, "config");
    const fields = { server: api.url, ...trusted, ...cluster };
    writeFileSync(
      file,
      stringify({
        clusters: [{ name: "lab", cluster: fields }],
        users: user ? [{ name: "me", user }] : [],
        contexts: [{ name: "my lab", context: { cluster: "lab", ...(user ? { user: "me" } : {}) } }],
      }),
    );
    return readContext(file, "my lab");
  }

  const list = (text: string) => new ClusterClient(text).makeApiClient(CoreV1Api).listNode();

  /** The headers of the request to the API server. */
  async function asked(user: object | undefined, cluster: object = {}) {
    await list(kubeconfig(user, cluster));
    return api.asked.at(-1) as ApiServer["asked"][number];
  }

  function plugin(name: string, text: string): string {
    const file = join(folder, name);
    writeFileSync(file, `#!/bin/sh\n${text}\n`);
    chmodSync(file, 0o755);
    return `./${name}`;
  }

  const exec = (command: string, more: object = {}) => ({
    exec: { apiVersion: "client.authentication.k8s.io/v1beta1", command, ...more },
  });
  const credential = (status: object) =>
    JSON.stringify({
      kind: "ExecCredential",
      apiVersion: "client.authentication.k8s.io/v1beta1",
      status,
    });

  it("none", async () => {
    const { authorization, certificate } = await asked(undefined);
    assert.deepEqual({ authorization, certificate }, { authorization: undefined, certificate: undefined });
  });

  it("a token, a name with a password", async () => {
    assert.equal((await asked({ token: "t1" })).authorization, "Bearer t1");
    const basic = `Basic ${Buffer.from("a:b").toString("base64")}`;
    assert.equal((await asked({ username: "a", password: "b" })).authorization, basic);
  });

  it("a token in a file next to the kubeconfig, read again after it was renewed", async () => {
    writeFileSync(join(folder, "token"), "t1\n");
    const text = kubeconfig({ tokenFile: "token" });
    await list(text);
    writeFileSync(join(folder, "token"), "t2\n");
    await list(text);
    assert.deepEqual(
      api.asked.map(({ authorization }) => authorization),
      ["Bearer t1", "Bearer t2"],
    );
  });

  it("a certificate", async () => {
    const user = { "client-certificate": tlsFile("client.pem"), "client-key": tlsFile("client.pem") };
    assert.equal((await asked(user)).certificate, "alice");
  });

  it("an exec plugin next to the kubeconfig, run once for all requests", async () => {
    const answer = credential({ token: "t3" });
    const command = plugin("login.sh", `echo run >> ${folder}/runs; sleep 0.2; echo '${answer}'`);
    const text = kubeconfig(exec(command));
    await Promise.all([list(text), list(text), list(text)]);
    await list(kubeconfig(exec(command)));
    assert.deepEqual(new Set(api.asked.map(({ authorization }) => authorization)), new Set(["Bearer t3"]));
    assert.equal(readFileSync(join(folder, "runs"), "utf8"), "run\n");
  });

  it("an exec plugin whose token has expired, run again", async () => {
    const answer = (ends: string) => credential({ token: ends, expirationTimestamp: ends });
    const command = plugin(
      "short.sh",
      `if [ -e ${folder}/again ]; then echo '${answer("2100-01-01T00:00:00Z")}';
       else touch ${folder}/again; echo '${answer("2020-01-01T00:00:00Z")}'; fi`,
    );
    const text = kubeconfig(exec(command));
    await list(text);
    await list(text);
    await list(text);
    assert.deepEqual(
      api.asked.map(({ authorization }) => authorization),
      ["Bearer 2020-01-01T00:00:00Z", "Bearer 2100-01-01T00:00:00Z", "Bearer 2100-01-01T00:00:00Z"],
    );
  });

  it("an exec plugin that returns a certificate", async () => {
    const pem = (name: string) => readFileSync(tlsFile(name), "utf8");
    const answer = { clientCertificateData: pem("client.pem"), clientKeyData: pem("client.pem") };
    writeFileSync(join(folder, "answer"), credential(answer));
    const { certificate } = await asked(exec(plugin("cert.sh", `cat ${folder}/answer`)));
    assert.equal(certificate, "alice");
  });

  it("an exec plugin with its own variables and cluster info", async () => {
    const command = plugin(
      "told.sh",
      `echo "$KUBERNETES_EXEC_INFO" > ${folder}/told; echo '${credential({ token: "x" })}' | sed "s/:\\"x/:\\"$NAME-$1/"`,
    );
    const { authorization } = await asked(
      exec(command, { args: ["b"], env: [{ name: "NAME", value: "a" }], provideClusterInfo: true }),
      { extensions: [{ name: "client.authentication.k8s.io/exec", extension: { audience: "z" } }] },
    );
    assert.equal(authorization, "Bearer a-b");
    const { spec } = JSON.parse(readFileSync(join(folder, "told"), "utf8"));
    assert.equal(spec.interactive, false);
    assert.equal(spec.cluster.server, api.url);
    assert.equal(spec.cluster["certificate-authority-data"], tlsData("ca.pem"));
    assert.deepEqual(spec.cluster.config, { audience: "z" });
  });

  it("impersonation, with groups, uid and extra fields", async () => {
    const { headers, authorization } = await asked({
      token: "t",
      as: "alice",
      "as-groups": ["system:masters", "a,b"],
      "as-uid": "7",
      "as-user-extra": { "example.com/scope": ["v1", "v2"] },
    });
    const pairs = headers.flatMap((name, index) =>
      index % 2 === 0 && /^impersonate/i.test(name) ? [[name.toLowerCase(), headers[index + 1]]] : [],
    );
    assert.deepEqual(pairs.sort(), [
      ["impersonate-extra-example.com%2fscope", "v1"],
      ["impersonate-extra-example.com%2fscope", "v2"],
      ["impersonate-group", "a,b"],
      ["impersonate-group", "system:masters"],
      ["impersonate-uid", "7"],
      ["impersonate-user", "alice"],
    ]);
    assert.equal(authorization, "Bearer t");
  });

  it("impersonation, for connections that stay open", async () => {
    const options: { headers?: Record<string, unknown> } = {};
    const client = new ClusterClient(kubeconfig({ token: "t", as: "alice", "as-groups": ["a", "b"] }));
    await client.applyToHTTPSOptions(options);
    assert.deepEqual(options.headers?.["impersonate-group"], ["a", "b"]);
    assert.equal(options.headers?.["impersonate-user"], "alice");
    assert.equal(options.headers?.Authorization, "Bearer t");
  });

  it("an address with a path, with IPv6, without a scheme", async () => {
    assert.equal(
      (await asked({}, { server: `${api.url}/k8s/clusters/c-1/` })).path,
      "/k8s/clusters/c-1/api/v1/nodes",
    );
    assert.equal((await asked({}, { server: api.url.replace("https://", "") })).path, "/api/v1/nodes");
    const six = await apiServer({ host: "::1" });
    await list(kubeconfig({}, { server: six.url }));
    assert.equal(six.asked.length, 1);
  });

  it("a server whose certificate is for another name, or is not verified", async () => {
    const other = await apiServer({ host: "127.0.0.2" });
    await list(kubeconfig({}, { server: other.url, "tls-server-name": "api.internal" }));
    const unverified = { "certificate-authority": undefined, "insecure-skip-tls-verify": true };
    await list(kubeconfig({}, { server: other.url, ...unverified }));
    assert.equal(other.asked.length, 2);
  });

  it("a proxy, of the kubeconfig or of the environment", async () => {
    const proxy = await proxyTo(api.port);
    const server = "https://api.internal:6443";
    await list(kubeconfig({ token: "t" }, { server, "proxy-url": proxy.url }));
    process.env.HTTPS_PROXY = proxy.url;
    await list(kubeconfig({ token: "t" }, { server }));
    assert.deepEqual(proxy.asked, ["api.internal:6443", "api.internal:6443"]);
    process.env.NO_PROXY = ".internal";
    await assert.rejects(list(kubeconfig({ token: "t" }, { server })));
    assert.equal(proxy.asked.length, 2);
  });

  describe("a refused request is explained:", () => {
    async function told(text: string): Promise<string> {
      return list(text).then(
        () => assert.fail("it was answered"),
        (error) => new UserError(refusals(error, text)).message,
      );
    }

    it("an expired login, a missing right", async () => {
      for (const [status, says] of [
        [401, /context = "my lab": the login of the user "me" has expired or is refused \(401\)/],
        [403, /\(403\): the user "me", as alice lacks a right\n {2}why: nodes is forbidden: User "alice"/],
      ] as const) {
        const refusing = await apiServer({ status });
        const user = { token: "t", ...(status === 403 ? { as: "alice" } : {}) };
        assert.match(await told(kubeconfig(user, { server: refusing.url })), says);
      }
    });

    it("an API server that responds with an error", async () => {
      for (const status of [429, 503]) {
        const failing = await apiServer({ status });
        const text = await told(kubeconfig({}, { server: failing.url }));
        assert.match(text, new RegExp(`the cluster returned ${status}\n {2}why: .*: nodes is forbidden`));
        assert.match(text, /fix: wait until its API server is healthy/);
      }
    });

    it("a certificate of the cluster that has expired", async () => {
      const expired = await apiServer({ certificate: "expired.pem" });
      const text = await told(kubeconfig({}, { server: expired.url }));
      assert.match(text, /certificate is not valid at this time\n {2}why: .*certificate has expired/);
      assert.match(text, /fix: renew it .*or set the clock/);
    });

    it("a recreated cluster, with the context quoted", async () => {
      const text = await told(kubeconfig({}, { "certificate-authority": tlsFile("client.pem") }));
      assert.match(text, /certificate is not signed by the authority in the kubeconfig/);
      assert.match(text, /kubectl --context 'my lab' get nodes/);
    });

    it("a certificate for another name", async () => {
      const other = await apiServer({ host: "127.0.0.3" });
      const text = await told(kubeconfig({}, { server: other.url }));
      assert.match(text, /certificate is for another name\n {2}why: .*127\.0\.0\.3/);
      assert.match(text, /kubectl config set-cluster lab --tls-server-name=NAME/);
    });

    it("a certificate or key that is not one, or does not match", async () => {
      const pair = { "client-certificate": tlsFile("client.pem"), "client-key": tlsFile("server.pem") };
      const hello = { "client-certificate-data": Buffer.from("hello").toString("base64") };
      for (const user of [pair, hello]) {
        assert.match(await told(kubeconfig(user)), /a certificate or key in the kubeconfig can't be used/);
      }
    });

    it("a proxy that does not answer, without its password", async () => {
      process.env.HTTPS_PROXY = "http://me:hunter2@127.0.0.1:1";
      const text = await told(kubeconfig({}, { server: "https://api.internal:6443" }));
      assert.match(
        text,
        /https:\/\/api\.internal:6443, through the proxy http:\/\/127\.0\.0\.1:1: .*ECONNREFUSED/,
      );
    });
  });
});
