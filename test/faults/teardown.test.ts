// After `down`, everything that existed before is unchanged, down to the last file.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join, relative } from "node:path";
import { after, before, describe, it } from "node:test";
import { Checkout } from "../checkout.ts";
import { added, ClusterUnderTest, snapshot } from "../cluster.ts";
import { noExistingCluster } from "../environment.ts";
import { figure, StackUnderTest } from "../stack.ts";

const foreign = "f-teardown-foreign";

/** Files of the user's programs that a run might change; caches do not count. */
const home = [".kube", ".docker", ".pulumi", ".config/helm"];
const caches = /^\.kube\/cache\/|^\.pulumi\/(plugins|bin|logs|templates|python-envs)\//;

function files(folder: string): string[] {
  const found = (() => {
    try {
      return readdirSync(folder, { recursive: true, withFileTypes: true });
    } catch {
      return []; // The folder does not exist.
    }
  })();
  return found.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
}

/** The files of the user's programs, with time and size. */
function homeFiles(): string[] {
  return home
    .flatMap((name) => files(join(homedir(), name)))
    .filter((file) => !caches.test(relative(homedir(), file)))
    .map((file) => {
      const { size, mtimeMs } = statSync(file);
      return `file ${file}, ${size} bytes of ${new Date(mtimeMs).toISOString()}`;
    })
    .toSorted();
}

function docker(...args: string[]): string {
  return execFileSync("docker", args, { encoding: "utf8" }).trim();
}

for (const kind of ["existing", "local"] as const) {
  const skip = kind === "existing" && noExistingCluster();

  describe(`up and down of a stack on a cluster of kind ${kind}`, { skip }, () => {
    let stack: StackUnderTest;
    let temporary: string;
    let there: string[];
    let theirs: string;
    let ofHome: string[];
    let ofCheckout: string[];

    /** Objects of someone else on the same engine and in the same cluster. */
    async function others(): Promise<string> {
      const container = docker("container", "inspect", "--format", "{{.Id}} {{.State.Status}}", foreign);
      const network = docker("network", "inspect", "--format", "{{.Id}} {{.Created}}", foreign);
      const volume = docker("volume", "inspect", "--format", "{{.Name}} {{.CreatedAt}}", foreign);
      if (kind === "local") return [container, network, volume].join("\n");
      const cluster = new ClusterUnderTest(stack.settings);
      const map = await cluster.core.readNamespacedConfigMap({ name: foreign, namespace: foreign });
      const namespace = await cluster.core.readNamespace({ name: foreign });
      const versions = [map, namespace].map(
        ({ metadata }) => `${metadata?.uid} ${metadata?.resourceVersion}`,
      );
      return [container, network, volume, ...versions].join("\n");
    }

    before(async () => {
      temporary = mkdtempSync(join(tmpdir(), "latency-lab-faults-"));
      const settings = { preset: "laptop", persistence: String(kind === "existing") };
      stack = new StackUnderTest("f-teardown", kind, settings, new Checkout({ TMPDIR: temporary }));
      // An empty image, so that nothing has to be pulled.
      execFileSync("sh", ["-c", `tar -cf - -T /dev/null | docker import - ${foreign}:latest`]);
      docker("create", "--name", foreign, `${foreign}:latest`, "true");
      docker("network", "create", foreign);
      docker("volume", "create", foreign);
      if (kind === "existing") {
        const cluster = new ClusterUnderTest(stack.settings);
        await cluster.core.createNamespace({ body: { metadata: { name: foreign } } });
        const body = { metadata: { name: foreign }, data: { a: "1" } };
        await cluster.core.createNamespacedConfigMap({ namespace: foreign, body });
      }
      there = await snapshot(kind);
      theirs = await others();
      ofHome = homeFiles();
      ofCheckout = files(stack.checkout.folder);
      await stack.up();
    });
    after(async () => {
      await stack.end();
      rmSync(temporary, { recursive: true });
      docker("rm", foreign);
      docker("image", "rm", `${foreign}:latest`);
      docker("network", "rm", foreign);
      docker("volume", "rm", foreign);
      if (kind === "existing")
        await new ClusterUnderTest(stack.settings).core.deleteNamespace({ name: foreign });
    });

    it("leave nothing in the engine and the cluster", async () => {
      await stack.down();
      const left = added(there, await snapshot(kind));
      figure(`left in the engine and the cluster, ${kind}`, `${left.length} objects`, "0");
      assert.deepEqual(left, []);
    });

    it("do not remove or change anything that belongs to others", async () => {
      assert.deepEqual(added(await snapshot(kind), there), []);
      assert.equal(await others(), theirs);
    });

    it("leave no file outside the checkout", () => {
      assert.deepEqual(homeFiles(), ofHome);
      assert.deepEqual(
        // npm's own files.
        files(temporary).filter((file) => !file.includes("node-compile-cache")),
        [],
      );
    });

    it("leave in the checkout only settings and caches", () => {
      const kept = added(ofCheckout, files(stack.checkout.folder))
        .map((file) => relative(stack.checkout.folder, file))
        .filter((file) => !/^(node_modules|\.latency-lab\/(node|compile-cache|pulumi))\//.test(file));
      figure(
        `files left in the checkout, ${kind}`,
        kept.join(", "),
        "settings, passphrase, an empty backend",
      );
      const allowed = [
        `Pulumi.${stack.name}.yaml`,
        ".latency-lab/env",
        // The Pulumi CLI of the sourced environment.
        ".latency-lab/session/bin/pulumi",
        ".latency-lab/passphrase",
        ".latency-lab/state/.pulumi/meta.yaml",
        ".latency-lab/state/.pulumi/meta.yaml.attrs",
      ];
      assert.deepEqual(
        kept.filter((file) => !allowed.includes(file)),
        [],
      );
      // The kept files contain no secret.
      assert.doesNotMatch(
        readFileSync(join(stack.checkout.folder, `Pulumi.${stack.name}.yaml`), "utf8"),
        /secure|salt/,
      );
    });
  });
}
