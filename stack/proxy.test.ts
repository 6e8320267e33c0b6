import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { proxyTo } from "../test/api-server.ts";
import { serving } from "../test/fakes.ts";
import { record } from "../test/recorded-program.ts";
import { fetchThroughProxy, findProxies, proxyFor, withoutProxyFor } from "./proxy.ts";

const proxy = "http://proxy:3128";
const goesThrough = (address: string, NO_PROXY = "") =>
  proxyFor(address, { HTTPS_PROXY: proxy, NO_PROXY }) === proxy;

describe("the proxy of the environment", () => {
  it("is the one for the scheme, in either spelling, with or without a scheme of its own", () => {
    assert.equal(proxyFor("https://a", { HTTPS_PROXY: proxy, HTTP_PROXY: "http://other" }), proxy);
    assert.equal(proxyFor("http://a", { HTTPS_PROXY: proxy }), undefined);
    assert.equal(proxyFor("http://a", { http_proxy: "proxy:3128" }), proxy);
    assert.equal(proxyFor("https://a", { HTTPS_PROXY: "", https_proxy: "socks5://p" }), "socks5://p");
  });

  it("is never used for this machine", () => {
    for (const host of ["localhost:6443", "127.0.0.1", "127.8.0.1", "[::1]:6443"]) {
      assert.equal(goesThrough(`https://${host}`), false, host);
    }
  });

  it("is not used for addresses in NO_PROXY", () => {
    const covered: [string, string][] = [
      ["https://api.example.com", "example.com"],
      ["https://example.com", "example.com"],
      ["https://api.example.com", ".example.com"],
      ["https://api.example.com", "*.example.com"],
      ["https://api.example.com:6443", "a.b, example.com:6443"],
      ["https://10.1.2.3", "10.0.0.0/8"],
      ["https://10.1.2.3:6443", "10.1.2.3"],
      ["https://[fd00::7]:6443", "fd00::/8"],
      ["https://anything", "*"],
    ];
    for (const [address, list] of covered) assert.equal(goesThrough(address, list), false, list);
  });

  it("is used for everything else", () => {
    const asked: [string, string][] = [
      ["https://example.com", ".example.com"],
      ["https://badexample.com", "example.com"],
      ["https://api.example.com:6443", "example.com:443"],
      ["https://11.1.2.3", "10.0.0.0/8"],
      ["https://10.1.2.3", "10.0.0.0/99"],
      ["https://a", ""],
    ];
    for (const [address, list] of asked) assert.equal(goesThrough(address, list), true, list);
  });
});

describe("a download", () => {
  const kept = process.env.HTTP_PROXY;
  let here: string;
  let proxy: Awaited<ReturnType<typeof proxyTo>>;
  before(async () => {
    here = await serving((_, response) => response.end("here"));
    proxy = await proxyTo(Number(new URL(here).port));
    process.env.HTTP_PROXY = proxy.url;
  });
  after(() => {
    if (kept === undefined) delete process.env.HTTP_PROXY;
    else process.env.HTTP_PROXY = kept;
  });

  it("goes through the proxy of the environment", async () => {
    const response = await fetchThroughProxy("http://charts.internal/index.yaml");
    assert.equal(await response.text(), "here");
    assert.deepEqual(proxy.asked, ["charts.internal"]);
  });

  it("and goes to this machine directly", async () => {
    const response = await fetchThroughProxy(here);
    assert.equal(await response.text(), "here");
    assert.equal(proxy.asked.length, 1);
  });
});

describe("the proxies of containers", () => {
  let folder: string;
  let environment: NodeJS.ProcessEnv;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "latency-lab-proxy-"));
  });
  beforeEach(() => {
    environment = { ...process.env };
    for (const name of Object.keys(process.env)) if (/_proxy$/i.test(name)) delete process.env[name];
    process.env.DOCKER_CONFIG = folder;
  });
  afterEach(() => {
    process.env = environment;
    rmSync(join(folder, "config.json"), { force: true });
  });
  after(() => rmSync(folder, { recursive: true }));

  const docker = { proxies: { default: { httpsProxy: "http://docker:3128", noProxy: "corp" } } };

  it("are those of the environment before Docker's and the engine's, in either spelling", () => {
    writeFileSync(join(folder, "config.json"), JSON.stringify(docker));
    assert.deepEqual(findProxies({ HttpProxy: "http://engine:3128" }), {
      HTTPS_PROXY: "http://docker:3128",
      NO_PROXY: "corp",
    });
    process.env.https_proxy = "http://shell:3128";
    process.env.NO_PROXY = "example.com";
    assert.deepEqual(findProxies({}), { HTTPS_PROXY: "http://shell:3128", NO_PROXY: "example.com" });
  });

  it("are the engine's own if nothing else names any", () => {
    assert.deepEqual(findProxies({ HttpProxy: "http://engine:3128" }), { HTTP_PROXY: "http://engine:3128" });
    assert.deepEqual(findProxies({ HttpProxy: "" }), {});
  });

  it("on this machine are named as containers reach this machine", () => {
    process.env.HTTP_PROXY = "http://me:word@127.0.0.1:3128/";
    assert.deepEqual(findProxies({}), { HTTP_PROXY: "http://me:word@host.docker.internal:3128/" });
    assert.equal(withoutProxyFor({ HTTP_PROXY: "p", NO_PROXY: "a" }, ["b"]).NO_PROXY, "a,b");
  });

  it("are passed to the build and to the node, except for its own registry and network", async () => {
    const proxies = { HTTPS_PROXY: "http://proxy:3128", NO_PROXY: "corp" };
    const lab = await record({}, "dev", {}, { proxies });
    const { envs } = lab.one("docker:index/container:Container", "node").inputs;
    assert.equal(envs[0], "HTTPS_PROXY=http://proxy:3128");
    for (const one of ["corp", "registry", ".svc", "10.43.0.0/16", "172.20.7.0/24"]) {
      assert.ok(envs[1].split(/[=,]/).includes(one), `${one} in ${envs[1]}`);
    }
    const { args } = lab.one("docker:index/image:Image").inputs.build;
    assert.equal(args.HTTPS_PROXY, "http://proxy:3128");
  });

  it("do not expose their passwords in the state", async () => {
    const lab = await record({}, "dev", {}, { proxies: { HTTPS_PROXY: "http://me:hunter2@proxy:3128" } });
    assert.ok(JSON.stringify(lab.resources.map(({ inputs }) => inputs)).includes("hunter2"));
    for (const { name, readable } of lab.resources) assert.ok(!readable.includes("hunter2"), name);
  });
});

describe("certificate authorities of the setting caFile", () => {
  it("are trusted by the node and in the build", async () => {
    const authorities = "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n";
    const lab = await record({}, "dev", {}, { authorities });
    const { uploads } = lab.one("docker:index/container:Container", "node").inputs;
    const file = uploads.find((one: { file: string }) => one.file === "/etc/ssl/certs/latency-lab.pem");
    assert.equal(file.content, authorities);
    assert.equal(lab.one("docker:index/image:Image").inputs.build.args.CA_CERTIFICATES, authorities);
  });
});

describe("the commands", async () => {
  const bootstrap = new URL("../cli/install.mjs", import.meta.url).href;
  const { throughProxies } = await import(bootstrap);

  it("use the proxies of the environment, except for this machine", () => {
    assert.deepEqual(throughProxies({}), { NODE_USE_SYSTEM_CA: "1" });
    assert.deepEqual(throughProxies({ HTTPS_PROXY: "http://p:1", no_proxy: "corp" }), {
      NODE_USE_SYSTEM_CA: "1",
      NODE_USE_ENV_PROXY: "1",
      NO_PROXY: "corp,localhost,127.0.0.1,::1",
      no_proxy: "corp,localhost,127.0.0.1,::1",
    });
  });
});

describe("images of the node", () => {
  const node = "docker:index/container:Container";
  const volume = "docker:index/volume:Volume";

  it("stay in a volume with keepImages, even if the stack is deleted", async () => {
    const lab = await record({ keepImages: "true" });
    assert.equal(lab.one(volume).inputs.name, "latency-lab-images");
    assert.equal(lab.one(volume).options.retainOnDelete, true);
    const { volumes } = lab.one(node, "node").inputs;
    assert.equal(volumes.at(-1).containerPath, "/var/lib/rancher/k3s/agent/containerd");
  });

  it("are deleted with the cluster by default", async () => {
    const lab = await record();
    assert.equal(lab.resources.filter(({ type }) => type === volume).length, 0);
  });
});
