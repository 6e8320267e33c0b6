import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { UserError } from "../../stack/errors.ts";
import { planOf } from "../options.ts";
import { explainFailure } from "./explain.ts";
import { pulumiError, RunFailures } from "./run-failures.ts";

const settings = {
  cluster: "existing",
  context: "prod",
  registry: "registry.example/team",
  kubeconfig: "/k",
};
const plan = planOf("wrong", new Map(Object.entries(settings)));

/** The problem of a resource with this error of its provider. */
function told(type: string, message: string, command: "up" | "down" = "up") {
  const [problem, ...others] = explainFailure(
    new Error("code: 255\n stdout: Updating (wrong)\n @ updating....\n stderr: \n err?: "),
    [{ type, name: "thing", message }],
    plan,
    command,
  );
  assert.ok(problem);
  assert.deepEqual(others, []);
  assert.doesNotMatch(problem.why, /@ updating|stdout/);
  return problem;
}

const image = "docker:index/image:Image";
const namespace = "kubernetes:core/v1:Namespace";
const release = "kubernetes:helm.sh/v3:Release";
const notMade = "resource latency-lab-wrong was not successfully created by the Kubernetes API server: ";

describe("a failure is explained by its source:", () => {
  it("a registry's refusal of the image", () => {
    const { what, why } = told(
      image,
      "error pushing image: denied: requested access to the resource is denied",
    );
    assert.match(what, /registry = "registry\.example\/team" refuses the push/);
    assert.match(why, /requested access/);
    assert.match(told(image, "unauthorized: authentication required").what, /refuses the push/);
    assert.doesNotMatch(told(image, "pull access denied for node").what, /refuses/);
  });

  it("a registry's pull limit, by its code, in the build and in the engine's own pulls", () => {
    const limit = "toomanyrequests: You have reached your unauthenticated pull rate limit.";
    for (const type of [image, "docker:index/remoteImage:RemoteImage"])
      assert.equal(told(type, limit).what, "a registry's pull limit is reached");
  });

  it("a quota, including quotas for objects other than pods", () => {
    const { what, fix } = told(
      "kubernetes:core/v1:Service",
      `services "delayed-server" is forbidden: exceeded quota: q, requested: services.nodeports=1, used: services.nodeports=0, limited: services.nodeports=0`,
    );
    assert.match(what, /a quota of the cluster does not allow it$/);
    assert.match(fix, /^kubectl describe quota /);
  });

  it("a webhook or an API service that the cluster can't reach", () => {
    const webhook = `Internal error occurred: failed calling webhook "validate.example": failed to call webhook: Post "https://x": context deadline exceeded`;
    for (const type of [namespace, release])
      assert.match(told(type, webhook).fix, /^kubectl get validatingwebhookconfigurations,/);
    const discovery =
      "unable to retrieve the complete list of server APIs: metrics.k8s.io/v1beta1: the server is currently unable to handle the request";
    assert.match(told(release, discovery).fix, /^kubectl get apiservices .*npm run up/);
  });

  it("an admission policy's denial, with its message", () => {
    for (const denial of [
      `namespaces "latency-lab-wrong" is forbidden: ValidatingAdmissionPolicy 'team' with binding 'team' denied request: namespaces need the label team`,
      `admission webhook "validate.kyverno.svc-fail" denied the request: namespaces need the label team`,
    ]) {
      const { what, why, fix } = told(namespace, notMade + denial);
      assert.match(what, /^Namespace thing was not created: a policy of the cluster denies it/);
      assert.match(why, /namespaces need the label team/);
      assert.match(fix, /labels/);
    }
  });

  it("a missing right for any object", () => {
    const denied = `namespaces is forbidden: User "bob" cannot create resource "namespaces" in API group "" at the cluster scope`;
    const { what, why } = told(namespace, notMade + denied);
    assert.match(what, /this user lacks a right \(403\)/);
    assert.match(why, /User "bob" cannot create/);
    const escalation = `clusterroles.rbac.authorization.k8s.io "x" is forbidden: user "bob" (groups=[]) is attempting to grant RBAC permissions not currently held`;
    assert.match(
      told(release, escalation).what,
      /the Helm release loki-wrong was not created: this user lacks a right/,
    );
  });

  it("an expired login to the cluster, not to a registry", () => {
    const expired =
      "configured Kubernetes cluster is unreachable: unable to load schema information from the API server: the server has asked for the client to provide credentials";
    const { what, fix } = told(namespace, expired, "down");
    assert.match(what, /context = "prod": the login has expired or is refused \(401\)/);
    assert.match(fix, /log in to the cluster again.*npm run down/);
  });

  it("an unreachable cluster, without Pulumi's advice to drop the state", () => {
    const unreachable = `configured Kubernetes cluster is unreachable: unable to load schema information from the API server: Get "https://192.0.2.1:6443/openapi/v2": dial tcp 192.0.2.1:6443: connect: connection refused
If the cluster was deleted, you can remove this resource from Pulumi state by rerunning the operation with the PULUMI_K8S_DELETE_UNREACHABLE environment variable set to "true".`;
    const { what, why, fix } = told(namespace, unreachable, "down");
    assert.equal(what, "Namespace thing was not deleted");
    assert.match(why, /connection refused/);
    assert.doesNotMatch(why + fix, /DELETE_UNREACHABLE/);
    const inOneLine = unreachable.replace(/: unable[\s\S]*If the/, ". If the");
    assert.equal(told(namespace, inOneLine, "down").why, "configured Kubernetes cluster is unreachable.");
  });

  it("an object of another release, with the suggestion of another name", () => {
    const { what, fix } = told(
      release,
      `Unable to continue with install: ClusterRole "loki-promtail" in namespace "" exists and cannot be imported into the current release: invalid ownership metadata`,
    );
    assert.match(what, /does not belong to this stack/);
    assert.match(fix, /--config name=latency-lab-wrong-2/);
  });

  it("a message of one source has no meaning in another", () => {
    const { what } = told("docker:index/container:Container", "permission denied: unauthorized");
    assert.equal(what, "container thing failed");
    const ofPod = told(release, "the pod said: docker login denied");
    assert.match(ofPod.what, /Helm release loki-wrong was not created$/);
    assert.doesNotMatch(told("kubernetes:core/v1:Secret", "unauthorized").what, /push/);
    // A local cluster has no registry to log in to.
    const onDisk = { type: image, name: "thing", message: "open /x: permission denied" };
    assert.doesNotMatch(explainFailure(new Error(""), [onDisk], planOf("local"))[0]?.what ?? "", /refuses/);
  });

  it("a port that is in use", () => {
    const message =
      "Unable to start container: driver failed: Bind for 127.0.0.1:6550 failed: port is already allocated";
    for (const text of [
      message,
      "failed to set up container networking: failed to bind host port 127.0.0.1:6550/tcp: address already in use",
      "Error starting userland proxy: listen tcp4 127.0.0.1:6550: bind: address already in use",
    ]) {
      assert.match(told("docker:index/container:Container", text).what, /port 6550 is in use/, text);
    }
  });

  it("an unknown error is shown in full", () => {
    const { what, why } = told(
      "random:index/randomId:RandomId",
      "first line\nsecond line\nthird\nfourth\nfifth\nsixth",
    );
    assert.equal(what, "RandomId thing failed");
    assert.match(why, /first line\n\s+second line[\s\S]*sixth/);
  });

  it("one reason of many resources is reported once", () => {
    const failures = ["a", "b", "c"].map((name) => ({ type: namespace, name, message: "Unauthorized" }));
    const problems = explainFailure(new Error(""), failures, plan);
    assert.equal(problems.length, 1);
    assert.match(problems[0]?.what ?? "", /\(and 2 more\)$/);
  });
});

describe("a failure without a resource", () => {
  const tell = (error: Error) => explainFailure(error, [], plan)[0];

  it("is explained by the status code of the API server's response", () => {
    const answer = (code: number, message: string) =>
      Object.assign(new Error(`HTTP-Code: ${code}\nMessage: Unknown API Status Code!\nBody: …`), {
        code,
        body: JSON.stringify({ kind: "Status", reason: "Forbidden", code, message }),
      });
    const forbidden = tell(
      answer(403, 'secrets is forbidden: User "bob" cannot list resource "secrets" in API group ""'),
    );
    assert.match(forbidden?.what ?? "", /lacks a right/);
    assert.match(forbidden?.why ?? "", /^secrets is forbidden: User "bob" cannot list/);
    assert.match(tell(answer(401, "Unauthorized"))?.what ?? "", /login has expired/);
    assert.match(tell(answer(500, "etcdserver: request timed out"))?.why ?? "", /etcdserver/);
  });

  it("of Pulumi is shown as the CLI's stderr, without the progress of the run", () => {
    const problem = tell(
      new Error(
        "code: -2\n stdout: Updating (wrong):\n@ updating....\n stderr: Command failed with exit code 255: pulumi up\nerror: could not create stack: disk full\n err?: Error: Command failed",
      ),
    );
    assert.equal(problem?.why, "could not create stack: disk full");
    assert.match(
      tell(new Error("stderr: error: the stack is currently locked by 1 lock(s)\n err?: "))?.what ?? "",
      /another run works on the stack wrong/,
    );
  });

  it("that is already explained is unchanged", () => {
    const problem = { what: "a", why: "b", fix: "c" };
    assert.deepEqual(tell(new UserError(problem)), problem);
  });
});

describe("the engine's errors", () => {
  it("are collected with their resource, without colours and redundant messages", () => {
    const failures = new RunFailures();
    const follow = (urn: string, message: string, more: object = {}) =>
      failures.follow({
        sequence: 1,
        timestamp: 1,
        diagnosticEvent: { urn, message, color: "never", severity: "error", ...more },
      });
    follow(
      "urn:pulumi:dev::latency-lab::a$docker:index/image:Image::image",
      "<{%fg 1%}>not built<{%reset%}>\n",
    );
    follow("urn:pulumi:dev::latency-lab::pulumi:pulumi:Stack::latency-lab-dev", "update failed\n");
    follow("", "update failed");
    follow("urn:pulumi:dev::latency-lab::a::b", "step 3/9", { ephemeral: true });
    assert.deepEqual(failures.all, [{ type: image, name: "image", message: "not built" }]);
  });

  it("of a build include the last lines of its log", () => {
    const failures = new RunFailures();
    const urn = `urn:pulumi:dev::latency-lab::a$${image}::image`;
    const follow = (severity: "info" | "error", message: string) =>
      failures.follow({
        sequence: 1,
        timestamp: 1,
        diagnosticEvent: { urn, message, color: "never", severity },
      });
    const progress = "Pushing [======>      ]  6.291MB/48.25MB";
    for (const line of ["[build 5/10] RUN npm ci", "npm error code EAI_AGAIN", progress])
      follow("info", line);
    follow("error", "exit code: 1");
    assert.match(failures.all[0]?.message ?? "", /^exit code: 1\n.*npm ci\nnpm error code EAI_AGAIN$/);
  });
});

describe("the error of a Pulumi command", () => {
  for (const [said, ...lines] of [
    [
      "no stack named 'dev' found",
      "code: -2",
      " stdout: ",
      " stderr: Command failed with exit code 255: pulumi stack select --stack dev --non-interactive",
      "error: no stack named 'dev' found",
      " err?: Error: Command failed with exit code 255: pulumi stack select",
    ],
    [
      "could not download from https://get.pulumi.com/releases/sdk/pulumi-v3.270.0-linux-x64.tar.gz",
      "code: -2",
      " stdout: ",
      " stderr: Command failed with exit code 1: /bin/sh /tmp/pulumi-x/tmp --no-edit-path",
      "\u001b[31merror: could not download from https://get.pulumi.com/releases/sdk/pulumi-v3.270.0-linux-x64.tar.gz\u001b[0m",
    ],
    [
      "curl: (6) Could not resolve host: get.pulumi.com",
      "code: -2",
      " stdout: ",
      " stderr: Command failed with exit code 6: /bin/sh /tmp/x",
      "curl: (6) Could not resolve host: get.pulumi.com",
    ],
    ["getaddrinfo ENOTFOUND get.pulumi.com", "getaddrinfo ENOTFOUND get.pulumi.com"],
    ["Command failed with exit code 7: pulumi up", "Command failed with exit code 7: pulumi up"],
  ] as [string, ...string[]][]) {
    it(`has no additions of the Automation API: ${said}`, () => {
      assert.equal(pulumiError(lines.join("\n")), said);
    });
  }
});
