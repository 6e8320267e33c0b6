import { Image } from "@pulumi/docker/image.js";
import type { Provider } from "@pulumi/docker/provider.js";
import {
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  type Output,
  output,
  secret,
} from "@pulumi/pulumi";
import { type Proxies, withoutProxyFor } from "../preflight/proxy.ts";
import { emptyImage } from "./digests.ts";
import type { RegistryLogin } from "./pull-secret.ts";

export interface DelayedServerImageArgs {
  /** Host, and path where it has one, to push to. Undefined: nothing is pushed. */
  readonly registry: Input<string> | undefined;
  /** User and password of the registry. @default the login of the Docker command line */
  readonly login?: RegistryLogin;
  /** Tag of the image: the stack's name for things. What runs is named by digest. */
  readonly tag: string;
  /** Folder of the server's source: the build context. */
  readonly source: string;
  /** Image to build with. */
  readonly nodeImage: string;
  /** Image to put the server on; `scratch` for none. */
  readonly baseImage: string;
  /** npm registry inside the build. @default what the node image has configured */
  readonly npmRegistry: string | undefined;
  /** Proxies for the downloads inside the build. */
  readonly proxies: Proxies;
  /** Certificate authorities to trust in it besides the usual ones, as PEM. */
  readonly authorities: string | undefined;
  /** Whether the engine builds with BuildKit. */
  readonly buildKit: boolean;
  /** What it shall run on, such as `linux/amd64`: the cluster's nodes, which need not be what builds it. */
  readonly platform: string;
  readonly engine: Provider;
}

/** The delayed server's image, built from its source and handed on by digest. */
export class DelayedServerImage extends ComponentResource {
  /** What pods run: by digest where the image was pushed, so that a changed source rolls them out. */
  readonly reference: Output<string>;
  /** Changes with the image's content, pushed or not. */
  readonly digest: Output<string>;

  constructor(name: string, args: DelayedServerImageArgs, opts?: ComponentResourceOptions) {
    super("latency-lab:image:DelayedServerImage", name, {}, opts);
    const repository = output(args.registry).apply((registry) =>
      registry === undefined ? "latency-lab/delayed-server" : `${registry}/latency-lab/delayed-server`,
    );
    const image = new Image(
      "delayed-server-image",
      {
        imageName: repository.apply((path) => `${path}:${args.tag}`),
        build: {
          context: args.source,
          platform: args.platform,
          builderVersion: args.buildKit ? "BuilderBuildKit" : "BuilderV1",
          args: {
            NODE_IMAGE: args.nodeImage,
            ...(args.baseImage === emptyImage ? {} : { BASE_IMAGE: args.baseImage }),
            ...(args.npmRegistry === undefined ? {} : { NPM_REGISTRY: args.npmRegistry }),
            ...(args.authorities === undefined ? {} : { CA_CERTIFICATES: args.authorities }),
            ...proxyArguments(args.proxies),
          },
        },
        ...(args.registry === undefined ? { skipPush: true } : {}),
        ...(args.login ? { registry: { ...args.login } } : {}),
      },
      { parent: this, provider: args.engine },
    );
    this.digest = image.repoDigest;
    this.reference = args.registry === undefined ? image.imageName : image.repoDigest;
    this.registerOutputs();
  }
}

/** Docker knows these arguments: a build sees them, the image and the cache's keys don't. */
function proxyArguments(proxies: Proxies): Record<string, Input<string>> {
  const entries = Object.entries(withoutProxyFor(proxies, ["localhost", "127.0.0.0/8"]));
  return Object.fromEntries(
    entries.map(([name, value]) => [name, value.includes("@") ? secret(value) : value]),
  );
}
