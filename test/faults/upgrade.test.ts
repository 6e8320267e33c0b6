// This version upgrades a stack that another version created.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { eventually } from "../../cli/clients/eventually.ts";
import { Grafana } from "../../cli/clients/grafana.ts";
import { query } from "../../cli/clients/prometheus.ts";
import { noExistingCluster } from "../environment.ts";
import { figure, StackUnderTest, type UpResult } from "../stack.ts";

const root = join(import.meta.dirname, "..", "..");
const before_ = versionBefore();
const skip =
  noExistingCluster() || (before_ ? false : "there is no version before this one in git's history");

/** The last release before this commit, or the first commit with end-to-end tests. */
function versionBefore(): { commit: string; name: string } | undefined {
  try {
    const head = git("rev-parse", "HEAD");
    const [tag] = git("tag", "--merged", "HEAD~1", "--sort=-version:refname").split("\n");
    if (tag) return { commit: git("rev-parse", `${tag}^{commit}`), name: tag };
    const commit = git("log", "--diff-filter=A", "--format=%H", "--", "e2e/run.ts", "test/e2e/run.ts")
      .split("\n")
      .at(-1);
    return commit && commit !== head ? { commit, name: commit.slice(0, 7) } : undefined;
  } catch {
    return undefined; // No git, or a shallow clone.
  }
}

function git(...args: string[]): string {
  return execFileSync("git", args, {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  }).trim();
}

describe(`a stack that ${before_?.name ?? "an older version"} created`, { skip }, () => {
  const settings = { preset: "laptop", persistence: "true" };
  let old: StackUnderTest;
  let stack: StackUnderTest;
  let lab: UpResult;
  let password: string;
  let made: number;

  /** Log lines in Loki of the requests sent to the older version. */
  async function lines(): Promise<number> {
    const grafana = new Grafana(String(lab.outputs.grafanaUrl), "admin", password);
    const logs = `{namespace="${lab.outputs.namespaces.server}"} |= "/status/418"`;
    const frames = await grafana.query("loki", logs, 60);
    return frames.flatMap(({ data }) => data.values[0] ?? []).length;
  }

  /** Time of the server's oldest sample in Prometheus, in seconds since 1970. */
  async function oldest(): Promise<number> {
    const series = `http_request_duration_seconds_count{namespace="${lab.outputs.namespaces.server}"}`;
    const [sample] = await query(
      String(lab.outputs.prometheusUrl),
      `min(min_over_time(timestamp(${series})[1h:1s]))`,
    );
    return sample?.value ?? Number.NaN;
  }

  before(async () => {
    old = new StackUnderTest("f-upgrade", "existing", settings);
    stack = new StackUnderTest("f-upgrade", "existing", settings);
    const { folder } = old.checkout;
    for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
    const archive = execFileSync("git", ["archive", before_?.commit ?? "HEAD"], {
      cwd: root,
      maxBuffer: 1 << 28,
    });
    execFileSync("tar", ["-xf", "-", "-C", folder], { input: archive });
    lab = await old.up();
    password = await old.password();
    await Promise.all(Array.from({ length: 50 }, () => fetch(`${lab.outputs.serverUrl}/status/418`)));
    await eventually(async () => assert.equal(await lines(), 50));
    made = await oldest();
  });
  after(async () => {
    await stack.end();
    old.checkout.remove();
  });

  it("is upgraded by this version and keeps its password", async () => {
    // Files that stay when a checkout's files are replaced by those of a newer version.
    for (const kept of [".latency-lab/state", ".latency-lab/passphrase", `Pulumi.${stack.name}.yaml`]) {
      cpSync(join(old.checkout.folder, kept), join(stack.checkout.folder, kept), { recursive: true });
    }
    lab = await stack.up();
    figure(`upgrade from ${before_?.name}`, `${lab.seconds.toFixed(1)} s`, "data and password kept");
    assert.equal(await stack.password(), password);
    await new Grafana(String(lab.outputs.grafanaUrl), "admin", password).get("/api/org");
  });

  it("still has its logs and metrics", async () => {
    await eventually(async () => {
      assert.equal(await lines(), 50);
      assert.ok(Math.abs((await oldest()) - made) <= 1);
    });
  });

  it("passes `npm run verify` of this version", async () => {
    await stack.verified();
  });
});
