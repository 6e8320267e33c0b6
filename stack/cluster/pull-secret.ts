import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import { type CustomResourceOptions, type Input, secret } from "@pulumi/pulumi";

/** A Secret of the cluster that images are pulled with. */
export interface PullSecret {
  readonly name: string;
  readonly type: string;
  /** Its data, in base64. */
  readonly data: Readonly<Record<string, string>>;
}

/** The Secret under its own name in a namespace of the stack: pods can use none of another namespace. */
export function copiedPullSecret(
  resource: string,
  place: { readonly namespace: Input<string>; readonly labels: Record<string, string> },
  { name, type, data }: PullSecret,
  options: CustomResourceOptions,
): Secret {
  return new Secret(resource, { metadata: { ...place, name }, type, data: secret({ ...data }) }, options);
}
