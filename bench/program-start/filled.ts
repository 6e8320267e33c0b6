// What Pulumi takes for the same resources when nothing has to be worked out: their types,
// names and inputs are read from a file. `node filled.ts FILE`.
import "@pulumi/docker";
import "@pulumi/kubernetes";
import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import type { Recorded } from "../../test/recorded.ts";

class Resource extends pulumi.CustomResource {}

const resources = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as Recorded[];
await pulumi.runtime.setMocks(
  { newResource: ({ name, inputs }) => ({ id: name, state: inputs }), call: ({ inputs }) => inputs },
  "filled",
  "dev",
);
await pulumi.runtime.runInPulumiStack(async () => {
  for (const { type, name, inputs } of resources) {
    new Resource(type, name, inputs);
  }
  return {};
});
await pulumi.runtime.disconnect();
console.log(resources.length);
