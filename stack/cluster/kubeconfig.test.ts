import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { parse, stringify } from "yaml";
import { tlsData, tlsFile } from "../../test/api-server.ts";
import { UserError } from "../errors.ts";
import { kubeconfigFiles, readContext } from "./kubeconfig.ts";

describe("a kubeconfig", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "latency-lab-kubeconfig-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  function file(name: string, content: unknown): string {
    const path = join(folder, name);
    writeFileSync(path, typeof content === "string" ? content : stringify(content));
    return path;
  }

  /** A kubeconfig with a context `lab` of the cluster `one` and the user `me`. */
  function simple(user: object = { token: "t" }, cluster: object = {}): string {
    return file("simple", {
      clusters: [{ name: "one", cluster: { server: "https://one", ...cluster } }],
      users: [{ name: "me", user }],
      contexts: [{ name: "lab", context: { cluster: "one", user: "me" } }],
    });
  }

  /** Runs something as a user who owns no files, if this user is root, who may read everything. */
  function asOtherUser<T>(run: () => T): T {
    if (process.geteuid?.() !== 0) return run();
    chmodSync(folder, 0o755);
    process.seteuid?.(65534);
    try {
      return run();
    } finally {
      process.seteuid?.(0);
    }
  }

  const read = (files: string | string[], context = "lab") => {
    const { clusters, users, ...rest } = parse(readContext(files, context));
    return { ...rest, cluster: clusters[0].cluster, user: users[0]?.user };
  };

  /** The problems of reading it. */
  function problems(files: string | string[], context = "lab"): readonly string[] {
    try {
      readContext(files, context);
    } catch (error) {
      assert.ok(error instanceof UserError, String(error));
      return error.problems.map(({ what, why, fix }) => `${what}\n${why}\n${fix}`);
    }
    return assert.fail("it was read");
  }

  describe("is reduced", () => {
    it("to the named context, regardless of the current one", () => {
      const path = file("two", {
        "current-context": "production",
        clusters: [
          { name: "one", cluster: { server: "https://one" } },
          { name: "two", cluster: { server: "https://two" } },
        ],
        users: [
          { name: "me", user: { token: "t" } },
          { name: "boss", user: { token: "secret of production" } },
        ],
        contexts: [
          { name: "lab", context: { cluster: "one", user: "me" } },
          { name: "production", context: { cluster: "two", user: "boss" } },
        ],
      });
      const config = read(path);
      assert.equal(config["current-context"], "lab");
      assert.equal(config.cluster.server, "https://one");
      assert.ok(!readContext(path, "lab").includes("secret of production"));
      const [text = ""] = problems(path, "tset");
      assert.match(text, /context = "tset" is not in/);
      assert.match(text, /it has: lab, production/);
      assert.match(text, /npm run up -- --config context=lab/);
    });

    it("with inlined certificates and absolute paths", () => {
      mkdirSync(join(folder, "bin"), { recursive: true });
      file("token", "t");
      const config = read(
        simple(
          {
            "client-certificate": tlsFile("client.pem"),
            "client-key": tlsFile("client.pem"),
            tokenFile: "token",
            exec: { apiVersion: "client.authentication.k8s.io/v1beta1", command: "./bin/login.sh" },
          },
          { "certificate-authority": tlsFile("ca.pem") },
        ),
      );
      assert.deepEqual(config.cluster, {
        server: "https://one",
        "certificate-authority-data": tlsData("ca.pem"),
      });
      assert.equal(config.user["client-certificate-data"], tlsData("client.pem"));
      assert.equal(config.user["client-key-data"], tlsData("client.pem"));
      assert.equal(config.user.tokenFile, join(folder, "token"));
      assert.equal(config.user.exec.command, join(folder, "bin", "login.sh"));
    });

    it("with all of a user's fields that kubectl supports", () => {
      const user = { token: "t", as: "a", "as-uid": "7", "as-groups": ["g"], "as-user-extra": { k: ["v"] } };
      assert.deepEqual(read(simple(user)).user, user);
      const onPath = { apiVersion: "client.authentication.k8s.io/v1beta1", command: "aws" };
      assert.deepEqual(read(simple({ exec: onPath })).user.exec, onPath);
    });

    it("without a user, if the context names none", () => {
      const path = file("anonymous", {
        clusters: [{ name: "one", cluster: { server: "http://127.0.0.1:8001" } }],
        contexts: [{ name: "lab", context: { cluster: "one" } }],
      });
      const config = read(path);
      assert.equal(config.user, undefined);
      assert.equal(config.contexts[0].context.user, "");
    });

    it("without credentials over plain HTTP, like kubectl", () => {
      const user = { token: "t", tokenFile: "/nowhere", as: "alice" };
      assert.deepEqual(read(simple(user, { server: "http://one" })).user, { as: "alice" });
    });

    it("with an address that has a scheme", () => {
      assert.equal(read(simple({}, { server: "one:8080" })).cluster.server, "http://one:8080");
      const tls = { server: "one:6443", "insecure-skip-tls-verify": true };
      assert.equal(read(simple({}, tls)).cluster.server, "https://one:6443");
    });
  });

  describe("of several files is merged as kubectl merges them:", () => {
    const part = (name: string, kind: "cluster" | "context" | "user", entries: Record<string, object>) =>
      file(name, {
        [`${kind}s`]: Object.entries(entries).map(([entry, fields]) => ({ name: entry, [kind]: fields })),
      });

    it("context, cluster and user from different files, each with its own folder", () => {
      mkdirSync(join(folder, "sub"), { recursive: true });
      file("sub/token", "t");
      const files = [
        join(folder, "none"),
        file("empty", ""),
        part("contexts", "context", { lab: { cluster: "one", user: "me" } }),
        part("clusters", "cluster", { one: { server: "https://one" } }),
        part("sub/users", "user", { me: { tokenFile: "token" } }),
      ];
      assert.equal(read(files).user.tokenFile, join(folder, "sub", "token"));
    });

    it("the first entry of a name wins, as a whole", () => {
      const files = [
        part("first", "user", { me: { token: "first" } }),
        simple({ token: "second", as: "alice" }),
      ];
      assert.deepEqual(read(files).user, { token: "first" });
    });

    it("a broken file is named", () => {
      const [text = ""] = problems([simple(), file("broken", "clusters: [\n")]);
      assert.match(text, /the kubeconfig \S+\/broken is broken\nit is not YAML: .*line 2/);
      const all = problems([folder, file("text", "hello"), simple()]);
      assert.equal(all.length, 2);
      assert.match(all[0] as string, /can't be read\nEISDIR/);
      assert.match(all[1] as string, /is broken\nit has no clusters/);
    });

    it("and if all are missing, that is reported", () => {
      const [text = ""] = problems([join(folder, "none"), join(folder, "nowhere")]);
      assert.match(text, /\/none:\S+\/nowhere can't be read\nthere is no such file/);
    });
  });

  it("with merge keys is read as kubectl reads it", () => {
    const text =
      'base: &base { server: "https://one" }\nclusters: [{ name: one, cluster: { <<: *base } }]\n' +
      "contexts: [{ name: lab, context: { cluster: one } }]\n";
    assert.equal(read(file("merged", text)).cluster.server, "https://one");
  });

  it("written by PowerShell can be read", () => {
    const path = file("utf16", "");
    const text = stringify({ contexts: [{ name: "lab", context: {} }] });
    writeFileSync(path, Buffer.from(`\ufeff${text}`, "utf16le"));
    assert.match(problems(path)[0] as string, /context "lab" in \S+ names no cluster/);
  });

  describe("that can't be used is reported with the file and the entry:", () => {
    it("files that are missing, empty or folders, all at once", () => {
      const all = problems(
        simple(
          { "client-certificate": folder, "client-key": file("void", "\n"), tokenFile: "gone" },
          { "certificate-authority": "gone.crt" },
        ),
      );
      assert.deepEqual(
        all.map((text) => text.split("\n").slice(0, 2).join(": ").replaceAll(folder, "")),
        [
          'certificate-authority of the cluster "one" can\'t be used: /gone.crt: there is no such file (named in /simple)',
          'client-certificate of the user "me" can\'t be used: : it is a folder (named in /simple)',
          'client-key of the user "me" can\'t be used: /void: it is empty (named in /simple)',
          'tokenFile of the user "me" can\'t be used: /gone: there is no such file (named in /simple)',
        ],
      );
    });

    it("files that this user may not read", () => {
      const secret = file("secret", "t");
      const path = simple({ tokenFile: "secret" });
      for (const [target, says] of [
        [secret, /^tokenFile of the user "me" can't be used\n\S+\/secret: permission denied/],
        [path, /^the kubeconfig \S+\/simple can't be read\nEACCES/],
      ] as const) {
        chmodSync(target, 0);
        assert.match(asOtherUser(() => problems(path))[0] as string, says);
        chmodSync(target, 0o644);
      }
    });

    it("a token file, unless there is a token as well", () => {
      assert.equal(read(simple({ tokenFile: "gone", token: "t" })).user.token, "t");
    });

    it("an authority together with insecure-skip-tls-verify", () => {
      const both = { "insecure-skip-tls-verify": true, "certificate-authority": tlsFile("ca.pem") };
      assert.match(problems(simple({}, both))[0] as string, /kubectl refuses to use both/);
    });

    it("an exec plugin with a removed API version, without a command, without interactiveMode", () => {
      const exec = (more: object) => problems(simple({ exec: more }))[0] as string;
      const group = "client.authentication.k8s.io";
      assert.match(exec({ apiVersion: `${group}/v1alpha1`, command: "aws" }), /v1alpha1", allowed are/);
      assert.match(exec({ apiVersion: `${group}/v1` }), /names no command/);
      assert.match(exec({ apiVersion: `${group}/v1`, command: "a" }), /--exec-interactive-mode=IfAvailable/);
    });

    it("a missing cluster or user of a context, with the context quoted", () => {
      const path = file("dangling", {
        clusters: [{ name: "one", cluster: { server: "https://one" } }],
        contexts: [
          { name: "my lab", context: { cluster: "one", user: "me" } },
          { name: "other", context: { cluster: "two" } },
        ],
      });
      const [text = ""] = problems(path, "my lab");
      assert.match(text, /context = "my lab" names the user "me", which is not in/);
      assert.match(text, /set-context 'my lab' --user=NAME/);
      assert.match(problems(path, "other")[0] as string, /the cluster "two".*\nit has these clusters: one/);
    });
  });

  it("is searched for at the setting's path, then in KUBECONFIG, then at home", () => {
    const before = process.env.KUBECONFIG;
    try {
      process.env.KUBECONFIG = "/a::/b";
      assert.deepEqual(kubeconfigFiles("k", "/project"), ["/project/k"]);
      assert.deepEqual(kubeconfigFiles(undefined, "/project"), ["/a", "/b"]);
      delete process.env.KUBECONFIG;
      assert.match(kubeconfigFiles(undefined, "/project")[0] ?? "", /\.kube.config$/);
    } finally {
      if (before !== undefined) process.env.KUBECONFIG = before;
    }
  });
});
