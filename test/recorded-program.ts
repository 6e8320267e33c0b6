// Runs the program with Pulumi's mocks and records the resources it registers.
import * as pulumi from "@pulumi/pulumi";
import { UserError } from "../stack/errors.ts";
import { chartOf } from "../stack/monitoring/versions.ts";
import type { Outputs } from "../stack/outputs.ts";
import { makePlan } from "../stack/plan.ts";
import { type LatencyLabArgs, latencyLab } from "../stack/program.ts";
import { type RawSettings, readSettings } from "../stack/settings/read.ts";

/** A registered resource. */
export interface Recorded {
  readonly type: string;
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: inputs of any resource
  readonly inputs: any;
  /** The inputs as text without secrets: what a state file shows. */
  readonly readable: string;
  readonly options: pulumi.CustomResourceOptions;
}

export interface Recording {
  readonly resources: Recorded[];
  readonly outputs: Outputs;
  /** The only resource of a type, or of a type and a name. */
  one(type: string, name?: string): Recorded;
}

const { specialSigKey, specialSecretSig } = pulumi.runtime;

const kubeconfig = "apiVersion: v1\nkind: Config\n";

/** Runs the whole program with given settings. */
export async function record(
  raw: RawSettings = {},
  stack = "dev",
  secrets: Readonly<Record<string, string>> = {},
  found: Partial<LatencyLabArgs> = {},
): Promise<Recording> {
  const options = new Map<string, pulumi.CustomResourceOptions>();
  const resources: Recorded[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource({ type, name, inputs }) {
        resources.push({
          type,
          name,
          inputs: unwrapped(inputs),
          readable: JSON.stringify(inputs, (_, value) => (isSecretMark(value) ? undefined : value)),
          options: options.get(`${type} ${name}`) ?? {},
        });
        return { id: `${name}-id`, state: { ...inputs, ...computed(type, inputs) } };
      },
      call: ({ inputs }) => inputs,
    },
    "latency-lab",
    stack,
    false,
  );
  const encrypted = Object.entries(secrets).map(([key, value]) => [`latency-lab:${key}`, value] as const);
  pulumi.runtime.setAllConfig(
    Object.fromEntries(encrypted),
    encrypted.map(([key]) => key),
  );
  let outputs: Outputs | undefined;
  await pulumi.runtime.runInPulumiStack(async () => {
    pulumi.runtime.registerStackTransformation(({ type, name, opts }) => {
      options.set(`${type} ${name}`, opts as pulumi.CustomResourceOptions);
      return undefined;
    });
    outputs = programWith(raw, stack, found);
    return outputs;
  });
  await pulumi.runtime.disconnect();
  if (outputs === undefined) throw new Error("the program did not run");
  return {
    resources,
    outputs,
    one(type, name) {
      const found = resources.filter((one) => one.type === type && (!name || one.name === name));
      if (found.length !== 1) throw new Error(`${found.length} resources ${type} ${name ?? ""}`);
      return found[0] as Recorded;
    },
  };
}

function programWith(raw: RawSettings, stack: string, found: Partial<LatencyLabArgs>): Outputs {
  const { configuration, problems } = readSettings(raw, stack);
  if (configuration === undefined) throw new UserError(problems);
  const { settings } = configuration;
  const args: LatencyLabArgs = {
    engine: { host: "unix:///var/run/docker.sock", buildKit: true, architecture: "arm64" },
    local: {
      remapsUsers: false,
      isNative: true,
      mounts: ["/lib/modules"],
      subnet: "172.20.7.0/24",
      gateway: "172.20.7.1",
      node: "172.20.7.2",
      registry: "172.20.7.3",
      others: "172.20.7.128/25",
    },
    chart: chartOf(settings, "/"),
    digests: undefined,
    proxies: {},
    authorities: undefined,
    mirrorLogins: {},
    existing:
      settings.cluster === "local"
        ? undefined
        : {
            kubeconfig,
            nodeAddress: settings.nodeAddress ?? "192.0.2.1",
            namespaces: [],
            architecture: "amd64",
          },
    waitForKubeconfig: async () => kubeconfig,
    ...found,
  };
  return latencyLab(makePlan(configuration, stack, "/project"), args);
}

/** Pulumi's wrapper of a secret; assets and archives have one too. */
function isSecretMark(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object(value)[specialSigKey] === specialSecretSig;
}

/** Inputs with the wrappers removed. */
// biome-ignore lint/suspicious/noExplicitAny: inputs of any resource
function unwrapped(value: any): any {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(unwrapped);
  if (specialSigKey in value) return unwrapped(value.value);
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, unwrapped(one)]));
}

/** Outputs that providers would add. */
function computed(type: string, inputs: Record<string, unknown>): Record<string, unknown> {
  if (type === "docker:index/image:Image") {
    return { repoDigest: `${String(inputs.imageName).replace(/:[^:]*$/, "")}@sha256:${"0".repeat(64)}` };
  }
  if (type === "docker:index/remoteImage:RemoteImage") return { imageId: `sha256:${inputs.name}` };
  if (type === "pulumi:index:Stash") return { output: inputs.input };
  if (type.startsWith("kubernetes:")) {
    return { metadata: { ...(inputs.metadata as object), uid: `uid-of-${type}` } };
  }
  return {};
}

/** The value of an output. */
export function resolved<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply(resolve));
}
