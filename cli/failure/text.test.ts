import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { pulumiError } from "./text.ts";

describe("the error of a Pulumi command", () => {
  for (const [said, ...lines] of [
    [
      "no stack named 'dev' found",
      "code: -2",
      " stdout: ",
      " stderr: Command failed with exit code 255: pulumi stack select --stack dev --non-interactive",
      "error: no stack named 'dev' found",
      " err?: Error: Command failed with exit code 255: pulumi stack select",
    ],
    [
      "could not download from https://get.pulumi.com/releases/sdk/pulumi-v3.270.0-linux-x64.tar.gz",
      "code: -2",
      " stdout: ",
      " stderr: Command failed with exit code 1: /bin/sh /tmp/pulumi-x/tmp --no-edit-path",
      "\u001b[31merror: could not download from https://get.pulumi.com/releases/sdk/pulumi-v3.270.0-linux-x64.tar.gz\u001b[0m",
    ],
    [
      "curl: (6) Could not resolve host: get.pulumi.com",
      "code: -2",
      " stdout: ",
      " stderr: Command failed with exit code 6: /bin/sh /tmp/x",
      "curl: (6) Could not resolve host: get.pulumi.com",
    ],
    ["getaddrinfo ENOTFOUND get.pulumi.com", "getaddrinfo ENOTFOUND get.pulumi.com"],
    ["Command failed with exit code 7: pulumi up", "Command failed with exit code 7: pulumi up"],
  ] as [string, ...string[]][]) {
    it(`has no additions of the Automation API: ${said}`, () => {
      assert.equal(pulumiError(lines.join("\n")), said);
    });
  }
});
