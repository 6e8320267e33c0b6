// Which Docker engine is used, and which engines are refused before anything is created.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { notInstalled } from "../../test/environment.ts";
import { type EngineSituation, engine, listening } from "../../test/fakes.ts";
import { UserError } from "../errors.ts";
import { findEngine } from "./engine.ts";
import { checkMachine, checkReachable, inotifyProblems, mountsFor, ownContainer } from "./local-machine.ts";
import { findAddresses, freeSubnet } from "./local-subnet.ts";
import { checkPlatform } from "./preflight.ts";

const noDocker = notInstalled("docker");

describe("an engine", { skip: noDocker }, () => {
  let folder: string;
  let environment: NodeJS.ProcessEnv;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "latency-lab-engines-"));
  });
  beforeEach(() => {
    environment = { ...process.env };
    for (const name of Object.keys(process.env)) if (name.startsWith("DOCKER_")) delete process.env[name];
    process.env.DOCKER_CONFIG = join(folder, "config");
  });
  afterEach(() => {
    process.env = environment;
    rmSync(join(folder, "config"), { recursive: true, force: true });
  });
  after(() => rmSync(folder, { recursive: true }));

  const start = async (situation: EngineSituation = {}) => (await engine(folder, situation)).host;

  async function found(situation: EngineSituation = {}) {
    process.env.DOCKER_HOST = await start(situation);
    return findEngine();
  }

  /** Creates a Docker context and makes it the current one. */
  async function useContext(name: string, host: string): Promise<void> {
    execFileSync("docker", ["context", "create", name, "--docker", `host=${host}`], { stdio: "ignore" });
    execFileSync("docker", ["context", "use", name], { stdio: "ignore" });
  }

  it("of DOCKER_HOST takes precedence over that of the current context", async () => {
    const [first, second] = [await start(), await start()];
    await useContext("other", second);
    process.env.DOCKER_HOST = first;
    assert.equal((await findEngine()).host, first);
  });

  it("of the current context is used if DOCKER_HOST is empty", async () => {
    const host = await start();
    await useContext("mine", host);
    process.env.DOCKER_HOST = "";
    assert.equal((await findEngine()).host, host);
  });

  it("of a deleted context: the error names the variable that selects it", async () => {
    process.env.DOCKER_CONTEXT = "gone";
    await refused(findEngine(), /DOCKER_CONTEXT = "gone" can't be used/, /not found/, /unset DOCKER_CONTEXT/);
  });

  it("of a deleted context: the error names Docker's own setting", async () => {
    mkdirSync(join(folder, "config"), { recursive: true });
    writeFileSync(join(folder, "config", "config.json"), JSON.stringify({ currentContext: "gone" }));
    await refused(findEngine(), /Docker's context can't be used/, /gone/, /docker context use default/);
  });

  it("behind SSH that refuses: the error has SSH's message and the variable", async () => {
    process.env.DOCKER_HOST = "ssh://nobody@127.0.0.1:1";
    await refused(
      findEngine(),
      /engine of DOCKER_HOST = "ssh:/,
      /(Connection refused|not found)[\s\S]*unset DOCKER_HOST/,
    );
  });

  it("that accepts connections but does not answer times out", async () => {
    const port = await listening(createServer(() => {}));
    process.env.DOCKER_HOST = `tcp://127.0.0.1:${port}`;
    await refused(findEngine(), /does not answer/, /no answer within \d+ s/);
  });

  it("behind TLS is found with the certificates of its context or of DOCKER_CERT_PATH", {
    skip: notInstalled("openssl"),
  }, async () => {
    const certificates = join(folder, "certificates");
    const host = await start({ tls: selfSigned(certificates) });
    const files = ["ca", "cert", "key"].map((name) => `${name}=${join(certificates, `${name}.pem`)}`);
    await useContext("tls", [host, ...files].join(","));
    const ofContext = await findEngine();
    assert.equal(ofContext.host, host);
    for (const name of ["ca", "cert", "key"]) {
      const [kept, given] = [ofContext.certPath ?? "", certificates].map((one) =>
        readFileSync(join(one, `${name}.pem`), "utf8"),
      );
      assert.equal(kept, given);
    }
    Object.assign(process.env, { DOCKER_HOST: host, DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: certificates });
    assert.equal((await findEngine()).certPath, certificates);
  });

  it("that is Podman's is refused, behind a socket", async () => {
    await refused(found({ components: ["Podman Engine", "Conmon"] }), /runs Podman/, /install Docker/);
  });

  /** Puts a script in place of the `docker` command. */
  function asDocker(script: string): void {
    const bin = join(folder, "bin");
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, "docker"), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, "docker"), 0o755);
    process.env.PATH = `${bin}:${process.env.PATH}`;
  }

  it("that is Podman's is refused, behind the name docker", async () => {
    const answers = '{"host":{"buildahVersion":"1.28.2"},"version":{"Version":"4.3.1"}}';
    asDocker(`[ "$1" = info ] && { echo '${answers}'; exit 0; }\nexit 125`);
    await refused(findEngine(), /runs Podman/);
  });

  it("cannot be behind another program with the name docker", async () => {
    asDocker(`echo; echo "The command 'docker' could not be found in this WSL 2 distro."; exit 1`);
    await refused(findEngine(), /is not Docker's/, /why: The command 'docker' could not be found/, /in WSL/);
    asDocker(`echo 'FATA[0000] unknown subcommand "context" for "nerdctl"' >&2; exit 1`);
    await refused(findEngine(), /is not Docker's/, /nerdctl/);
  });

  it("behind SSH that refuses: is asked again if Docker has lost SSH's message", async () => {
    const context = '[{"Name":"default","Endpoints":{"docker":{"Host":"ssh://engine"}}}]';
    asDocker(`asked="$0.$1"
    [ "$1" = context ] && { echo '${context}'; exit 0; }
    if [ ! -e "$asked" ]; then touch "$asked"; echo "error during connect: write |1: file already closed" >&2
    else echo "ssh: connect to host engine port 22: Connection refused" >&2
    fi
    exit 1`);
    await refused(findEngine(), /why: ssh: connect to host engine port 22: Connection refused/);
  });

  it("whose API version differs from the command's is refused with what to update", async () => {
    const context = '[{"Name":"default","Endpoints":{"docker":{"Host":"unix:///none"}}}]';
    const old = "client version 1.24 is too old. Minimum supported API version is 1.44";
    asDocker(`[ "$1" = context ] && { echo '${context}'; exit 0; }; echo "${old}" >&2; exit 1`);
    await refused(findEngine(), /share no API version/, /too old/, /fix: update the older/);
    process.env.DOCKER_API_VERSION = "1.24";
    await refused(findEngine(), /fix: unset DOCKER_API_VERSION/);
  });

  const containerd = { DriverStatus: [["driver-type", "io.containerd.snapshotter.v1"]] };
  for (const { version, info = {}, buildKit } of [
    { version: "20.10.24", buildKit: false },
    { version: "23.0.6", buildKit: true },
    { version: "27.4.1", buildKit: true },
    { version: "25.0.5", info: containerd, buildKit: false },
    { version: "27.4.1", info: containerd, buildKit: false },
    { version: "27.5.0", info: containerd, buildKit: true },
    { version: "29.0.0-lab", info: containerd, buildKit: true },
  ]) {
    const store = info === containerd ? " with containerd's images" : "";
    it(`${version}${store} builds with ${buildKit ? "BuildKit" : "the classic builder"}`, async () => {
      assert.equal((await found({ version, info })).buildKit, buildKit);
    });
  }

  it("24 with the containerd image store is refused with the version that works", () =>
    refused(found({ version: "24.0.7", info: containerd }), /Docker 24\.0\.7 can't build images/, /27\.5/));

  it("on another machine is refused for a local cluster, by TCP and by SSH", async () => {
    const found = (host: string) => ({
      ...none,
      host,
      chosenBy: { what: `DOCKER_HOST = "${host}"`, undo: "unset DOCKER_HOST" },
    });
    for (const host of ["tcp://192.0.2.7:2376", "ssh://me@build.invalid", "tcp://docker:2375"]) {
      await refused(
        checkReachable(found(host)),
        /is an engine on another machine/,
        /127\.0\.0\.1/,
        /unset DOCKER_HOST.*cluster=existing/,
      );
    }
    for (const host of [
      "tcp://127.0.0.1:2375",
      "tcp://localhost:2375",
      "tcp://[::1]:2375",
      "npipe:////./pipe/docker_engine",
    ]) {
      await checkReachable(found(host));
    }
  });

  it("that runs the command's own container is recognised by the container's mounts", () => {
    const id = "5f2b".repeat(16);
    const line = `1 2 0:3 /var/lib/docker/containers/${id}/hostname /etc/hostname rw - ext4 /dev/vda rw`;
    assert.equal(ownContainer(`0 0 0:1 / / rw - ext4 /dev/vda rw\n${line}\n`), id);
    assert.equal(ownContainer("0 0 0:1 / / rw - ext4 /dev/vda rw\n"), undefined);
  });

  it("with remapped users runs the node without the remapping", () => {
    assert.equal(
      checkMachine({ ...none.info, SecurityOptions: ["name=seccomp,profile=builtin", "name=userns"] })
        .remapsUsers,
      true,
    );
    assert.equal(
      checkMachine({ ...none.info, SecurityOptions: ["name=seccomp,profile=builtin"] }).remapsUsers,
      false,
    );
  });

  it("without root needs cgroup v2 and its controllers", () => {
    const rootless = { ...none.info, SecurityOptions: ["name=rootless"] };
    assert.throws(
      () => checkMachine({ ...rootless, CgroupVersion: "1" }),
      /Docker is rootless and uses cgroup v1/,
    );
    assert.throws(
      () => checkMachine({ ...rootless, CgroupVersion: "2", CPUSet: false }),
      /can't limit cpuset[\s\S]*rootlesscontaine/,
    );
    checkMachine({ ...rootless, CgroupVersion: "2", CPUSet: true });
  });

  it("whose kernel has no memory controller is refused with the kernel parameter", () => {
    assert.throws(
      () => checkMachine({ ...none.info, MemoryLimit: false }),
      /can't limit memory[\s\S]*cgroup_enable=memory/,
    );
  });

  it("that runs Windows containers is refused", () => {
    assert.throws(
      () => checkMachine({ ...none.info, OSType: "windows" }),
      /windows containers[\s\S]*Switch to Linux containers/,
    );
  });

  it("on another machine is assumed to have kernel modules", () => {
    assert.deepEqual(checkMachine({ ...none.info, DockerRootDir: "/nowhere/docker" }).mounts, [
      "/lib/modules",
    ]);
  });

  it("gives the node the host's LVM and LUKS devices on btrfs, zfs and xfs only", () => {
    const [btrfs, xfs, ext4] = [0x9123683e, 0x58465342, 0xef53];
    const host = { hasModules: true, hasDevices: true, fileSystem: ext4 };
    const both = ["/lib/modules", "/dev/mapper"];
    assert.deepEqual(mountsFor({ Driver: "overlay2" }, host), ["/lib/modules"]);
    assert.deepEqual(mountsFor({ Driver: "overlay2" }, { ...host, fileSystem: btrfs }), both);
    assert.deepEqual(mountsFor({ Driver: "overlay2" }, { ...host, fileSystem: xfs }), both);
    for (const Driver of ["btrfs", "zfs"]) {
      assert.deepEqual(mountsFor({ Driver }, host), both);
      assert.deepEqual(mountsFor({ Driver }, { ...host, hasDevices: false }), ["/lib/modules"]);
      assert.deepEqual(mountsFor({ Driver }, undefined), ["/lib/modules"], "on another machine");
    }
  });

  it("keeps the addresses of the stack's existing network", async () => {
    process.env.DOCKER_HOST = await start();
    const first = await findAddresses({ instance: "latency-lab" }, none.info);
    assert.match(first.subnet, /^(172|192)\.\d+\.\d+\.0\/24$/);
    assert.equal(first.others, first.subnet.replace(".0/24", ".128/25"));
    assert.deepEqual(await findAddresses({ instance: "latency-lab" }, none.info), first);
  });
});

describe("a subnet", () => {
  it("does not overlap with a network, an interface or a VPN", () => {
    const pools = [{ Base: "10.9.0.0/22", Size: 24 }];
    assert.equal(freeSubnet(pools, ["10.9.0.0/23", "10.9.2.128/25"], "a"), "10.9.3.0/24");
    assert.throws(() => freeSubnet(pools, ["10.0.0.0/8"], "a"), /no free subnet[\s\S]*docker network prune/);
  });

  it("differs between stacks", () => {
    const pools = [{ Base: "172.18.0.0/16", Size: 24 }];
    assert.notEqual(freeSubnet(pools, [], "latency-lab"), freeSubnet(pools, [], "latency-lab-test"));
  });
});

describe("a machine", () => {
  it("whose inotify instances are used up is refused with the sysctl", () => {
    assert.deepEqual(inotifyProblems(128, 1), []);
    const [problem] = inotifyProblems(128, 2);
    assert.match(problem?.what ?? "", /fs\.inotify\.max_user_instances = 128, and 2 nodes/);
    assert.equal(problem?.fix, "sudo sysctl fs.inotify.max_user_instances=512");
  });

  it("with Windows without WSL is refused with a hint to use WSL", () => {
    assert.throws(() => checkPlatform("win32"), /Windows without WSL[\s\S]*wsl --install/);
    checkPlatform("linux");
    checkPlatform("darwin");
  });
});

const none = {
  host: "unix:///none",
  buildKit: true,
  architecture: "amd64",
  chosenBy: undefined,
  info: { ServerVersion: "27.5.1" },
} as const;

/** Expects one message with these texts. */
async function refused(result: Promise<unknown>, ...says: readonly RegExp[]): Promise<void> {
  await assert.rejects(result, (error: Error) => {
    assert.ok(error instanceof UserError, error.stack);
    assert.equal(error.problems.length, 1);
    for (const text of says) assert.match(error.message, text);
    return true;
  });
}

/** Creates a self-signed certificate for 127.0.0.1, for server and client. */
function selfSigned(folder: string): { key: string; cert: string } {
  mkdirSync(folder);
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")] as const;
  const subject = ["-subj", "/CN=engine", "-addext", "subjectAltName=IP:127.0.0.1"];
  const files = ["-keyout", key, "-out", cert];
  execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", ...subject, ...files], {
    stdio: "ignore",
  });
  copyFileSync(cert, join(folder, "ca.pem"));
  return { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
}
