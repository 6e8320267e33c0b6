import { randomInt } from "node:crypto";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import {
  type ComponentResource,
  type CustomResourceOptions,
  type Input,
  type Output,
  Stash,
  secret,
} from "@pulumi/pulumi";

/** Name and keys of the Secret with the login of Grafana's administrator. */
export const adminSecret = { name: "grafana-admin", user: "admin-user", password: "admin-password" } as const;

/** Letters and digits that look different from each other. */
const alphabet = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/** 24 of 57 characters: 140 bits. */
const passwordLength = 24;

/**
 * The administrator's password: random, and kept encrypted in the stack's state, so that it stays
 * the same even if the cluster is replaced.
 *
 * @param renew whether to keep a new password; the Pulumi engine must also replace the resource
 */
export function adminPassword(parent: ComponentResource, renew = false): Output<string> {
  const random = Array.from({ length: passwordLength }, () => alphabet[randomInt(alphabet.length)]).join("");
  const kept = new Stash(
    "grafana-password",
    { input: secret(random) },
    // Every run generates a password; the first one is kept.
    { parent, ignoreChanges: renew ? [] : ["input"] },
  );
  return secret(kept.output as Output<string>);
}

/** The administrator's Secret, which the chart refers to. */
export function adminSecretResource(
  namespace: Input<string>,
  password: Output<string>,
  options: CustomResourceOptions,
): Secret {
  return new Secret(
    "grafana-admin",
    {
      metadata: { name: adminSecret.name, namespace },
      type: "Opaque",
      stringData: { [adminSecret.user]: "admin", [adminSecret.password]: password },
    },
    options,
  );
}
