// The floor: Pulumi's SDK and both provider SDKs, whose modules load on first use, without resources.
import "@pulumi/docker";
import "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

await pulumi.runtime.setMocks(
  { newResource: ({ name, inputs }) => ({ id: name, state: inputs }), call: ({ inputs }) => inputs },
  "empty",
  "dev",
);
await pulumi.runtime.runInPulumiStack(async () => ({}));
await pulumi.runtime.disconnect();
console.log(0);
