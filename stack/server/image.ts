import { Image } from "@pulumi/docker/image.js";
import type { Provider } from "@pulumi/docker/provider.js";
import * as pulumi from "@pulumi/pulumi";
import type { RegistryLogin } from "../cluster/cluster.ts";
import { emptyImage } from "../images.ts";
import { type Proxies, withoutProxyFor } from "../proxy.ts";
import type { Settings } from "../settings/schema.ts";

export interface DelayedServerImageArgs extends Pick<Settings, "nodeImage" | "baseImage" | "npmRegistry"> {
  /** Host, and optional path, to push to. Undefined: the image is not pushed. */
  readonly registry: pulumi.Input<string> | undefined;
  /** User and password of the registry. @default the login of the Docker command line */
  readonly login?: RegistryLogin;
  /** Tag of the image. Pods run the image by digest. */
  readonly tag: string;
  /** Folder of the server's source: the build context. */
  readonly source: string;
  /** Proxies for downloads during the build. */
  readonly proxies: Proxies;
  /** Additional certificate authorities to trust during the build, as PEM. */
  readonly authorities: string | undefined;
  /** Whether the engine builds with BuildKit. */
  readonly buildKit: boolean;
  /** Platform of the cluster's nodes, such as `linux/amd64`. */
  readonly platform: string;
  readonly engine: Provider;
}

/** The delayed server's image, built from source and referenced by digest. */
export class DelayedServerImage extends pulumi.ComponentResource {
  /** The reference for pods: by digest if the image was pushed, so that a changed source rolls out. */
  readonly reference: pulumi.Output<string>;
  /** Changes with the image's content, whether pushed or not. */
  readonly digest: pulumi.Output<string>;

  constructor(name: string, args: DelayedServerImageArgs, opts?: pulumi.ComponentResourceOptions) {
    super("latency-lab:image:DelayedServerImage", name, {}, opts);
    const repository = pulumi
      .output(args.registry)
      .apply((registry) =>
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

/** Docker's predefined build arguments, which are not part of the image or of the cache's keys. */
function proxyArguments(proxies: Proxies): Record<string, pulumi.Input<string>> {
  const entries = Object.entries(withoutProxyFor(proxies, ["localhost", "127.0.0.0/8"]));
  return Object.fromEntries(
    entries.map(([name, value]) => [name, value.includes("@") ? pulumi.secret(value) : value]),
  );
}
