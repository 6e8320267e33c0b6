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

/** Name and keys of the Secret that Grafana reads its administrator from. */
export const adminSecret = { name: "grafana-admin", user: "admin-user", password: "admin-password" } as const;

/** Letters and digits that can't be mistaken for each other when read from a screen. */
const alphabet = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/** 24 of 57 characters: 140 bits. */
const passwordLength = 24;

/**
 * The administrator's password: random, made once and kept, encrypted, in the
 * stack's state, so that it stays the same even when the cluster is made anew.
 *
 * @param another whether another one is kept from now on; the engine must be told to replace the resource
 */
export function adminPassword(parent: ComponentResource, another = false): Output<string> {
  const fresh = Array.from({ length: passwordLength }, () => alphabet[randomInt(alphabet.length)]).join("");
  const kept = new Stash(
    "grafana-password",
    { input: secret(fresh) },
    // Every run draws another one; the first is kept.
    { parent, ignoreChanges: another ? [] : ["input"] },
  );
  return secret(kept.output as Output<string>);
}

/** The Secret of the administrator, for the chart to refer to. */
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
