import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Checkout } from "../../test/checkout.ts";
import { engine } from "../../test/fakes.ts";

const skip =
  spawnSync("docker", ["--version"]).status === 0
    ? false
    : "there is no docker command to ask an engine with";

describe("npm run doctor", { skip }, () => {
  let project: Checkout;
  let small: Awaited<ReturnType<typeof engine>>;
  before(async () => {
    project = new Checkout();
    project.shareDependencies();
    mkdirSync(join(project.folder, "chart"));
    project.write("chart/Chart.yaml", "name: loki-stack\nversion: 2.10.3\n");
    project.write(
      "Pulumi.dev.yaml",
      "config:\n  latency-lab:lokiStackChart: chart\n  latency-lab:registryPassword: { secure: v1:hidden }\n",
    );
    small = await engine(project.folder, { memory: 2 ** 30 });
  });
  after(() => {
    small.close();
    project.remove();
  });

  it("prints facts without secrets, and the problems that would stop `up`", async () => {
    const { code, stdout, stderr } = await project.command(["doctor", "--json"], {
      DOCKER_HOST: small.host,
      HTTPS_PROXY: "http://me:hunter2@proxy.example:3128",
      NO_PROXY: "127.0.0.1",
      PULUMI_ACCESS_TOKEN: "pul-hunter2",
      PULUMI_BACKEND_URL: "file:///srv/state",
    });
    assert.equal(code, 3, stderr);
    const { found, problems } = JSON.parse(stdout);
    assert.match(found.Node, /^v\d+\./);
    assert.match(found.proxies, /HTTPS_PROXY=http:\/\/…@proxy\.example:3128/);
    assert.match(found.backend, /^file:\/\/\/srv\/state, because PULUMI_BACKEND_URL is set/);
    assert.match(found.settings, /registryPassword=\(secret\)/);
    assert.ok(
      problems.some(({ what }: { what: string }) => /GiB of memory/.test(what)),
      stdout,
    );
    assert.doesNotMatch(stdout, /hunter2|v1:hidden/);
  });

  it("creates nothing", () => {
    assert.deepEqual(project.stacks, []);
    assert.deepEqual(
      small.asked.filter((one) => !/^(GET|HEAD) /.test(one)),
      [],
    );
  });
});
