import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import { type CustomResourceOptions, type Input, secret } from "@pulumi/pulumi";

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
