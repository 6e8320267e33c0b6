// The Secret with the logins of the user's own stores.
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import { type CustomResourceOptions, type Input, type Output, output, secret } from "@pulumi/pulumi";

/** Contents of the Secret by file name; undefined: no such file. */
export interface StoreFiles {
  readonly "metrics-password"?: Input<string> | undefined;
  readonly "loki-password"?: Input<string> | undefined;
  /** Certificate authorities in PEM, in addition to those of the images. */
  readonly "ca.crt"?: Input<string> | undefined;
}

export const secretName = "stores";

/** The Secret as a volume, its mount, and both in the form of the charts of Prometheus and Grafana. */
export const volume = { name: secretName, secret: { secretName } } as const;
export const mount = { name: secretName, mountPath: "/etc/stores", readOnly: true } as const;
export const mounted = { ...mount, secretName } as const;

/** Path of a file in the pods. */
export const fileOf = (name: keyof StoreFiles) => `${mount.mountPath}/${name}`;

/** The login of Loki as a header's value, which is all that the OpenTelemetry Collector can read from a Secret. */
export const authorizationFile = "loki-authorization";

/** Creates the Secret if there are files. Its version changes with their content. */
export function storesSecret(
  namespace: Input<string>,
  files: StoreFiles,
  lokiUsername: string | undefined,
  options: CustomResourceOptions,
): { files: (keyof StoreFiles)[]; version: Output<string | undefined> } {
  const given = Object.entries(files).filter(([, content]) => content !== undefined);
  if (given.length === 0) return { files: [], version: output(undefined) };
  const stringData = Object.fromEntries(given.map(([name, content]) => [name, secret(content)]));
  const password = stringData["loki-password"];
  if (password !== undefined)
    stringData[authorizationFile] = password.apply((text) =>
      lokiUsername === undefined
        ? `Bearer ${text}`
        : `Basic ${Buffer.from(`${lokiUsername}:${text}`).toString("base64")}`,
    );
  const { metadata } = new Secret(
    "stores",
    { metadata: { name: secretName, namespace }, type: "Opaque", stringData },
    options,
  );
  return { files: given.map(([name]) => name as keyof StoreFiles), version: metadata.uid };
}
