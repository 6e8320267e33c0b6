import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import { all, type CustomResourceOptions, type Input, secret } from "@pulumi/pulumi";

/** A Secret for pulling images. */
export interface PullSecret {
  readonly name: string;
  readonly type: string;
  /** In base64. */
  readonly data: Readonly<Record<string, string>>;
}

/** Copies the Secret into one of the stack's namespaces: pods can't use Secrets of other namespaces. */
export function copiedPullSecret(
  resource: string,
  place: { readonly namespace: Input<string>; readonly labels: Record<string, string> },
  { name, type, data }: PullSecret,
  options: CustomResourceOptions,
): Secret {
  return new Secret(resource, { metadata: { ...place, name }, type, data: secret({ ...data }) }, options);
}

/** A login for a registry. */
export interface RegistryLogin {
  /** Host and optional port. */
  readonly server: string;
  readonly username: string;
  readonly password: Input<string>;
}

/** The Secret for pulling from a registry that requires a login. */
export function registryPullSecret(
  metadata: { readonly namespace: Input<string>; readonly labels: Record<string, string> },
  { server, username, password }: RegistryLogin,
  options: CustomResourceOptions,
): Secret {
  return new Secret(
    "delayed-server-registry",
    {
      metadata: { ...metadata, name: "delayed-server-registry" },
      type: "kubernetes.io/dockerconfigjson",
      stringData: {
        ".dockerconfigjson": all([password]).apply(([secret]) => {
          const auth = Buffer.from(`${username}:${secret}`).toString("base64");
          return JSON.stringify({ auths: { [server]: { username, password: secret, auth } } });
        }),
      },
    },
    options,
  );
}
