import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { after, beforeEach, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { chosenBackend, folderOf, shownUrl } from "./backend.ts";
import { root, stateDir } from "./paths.ts";

describe("the backend of Pulumi", () => {
  const home = mkdtempSync(join(tmpdir(), "latency-lab-home-"));
  const before = { ...process.env };
  beforeEach(() => {
    for (const name of Object.keys(process.env)) if (name.startsWith("PULUMI_")) delete process.env[name];
    rmSync(home, { recursive: true });
    mkdirSync(home);
    process.env.PULUMI_HOME = home;
  });
  after(() => {
    process.env = before;
    rmSync(home, { recursive: true });
  });

  const logIn = (current: string, folder = home) =>
    writeFileSync(join(folder, "credentials.json"), JSON.stringify({ current }));
  const chosen = () => {
    const { url, chosen } = chosenBackend();
    return [url, chosen?.undo];
  };

  it("is the project's own if the user has chosen none", () => {
    assert.deepEqual(chosen(), [pathToFileURL(join(stateDir, "state")).href, undefined]);
    process.env.PULUMI_BACKEND_URL = "";
    logIn("");
    assert.equal(chosenBackend().chosen, undefined);
  });

  it("is chosen as Pulumi does: by PULUMI_BACKEND_URL, by `pulumi login`, by PULUMI_ACCESS_TOKEN", () => {
    process.env.PULUMI_ACCESS_TOKEN = "pul-left-over";
    assert.deepEqual(chosen(), ["https://api.pulumi.com", "unset PULUMI_ACCESS_TOKEN"]);
    logIn("file://~");
    assert.deepEqual(chosen(), ["file://~", "pulumi logout"]);
    process.env.PULUMI_BACKEND_URL = "s3://bucket?region=eu-west-1";
    assert.deepEqual(chosen(), ["s3://bucket?region=eu-west-1", "unset PULUMI_BACKEND_URL"]);
  });

  it("is found with PULUMI_CREDENTIALS_PATH and PULUMI_API", () => {
    const folder = join(home, "elsewhere");
    mkdirSync(folder);
    logIn("gs://bucket", folder);
    process.env.PULUMI_CREDENTIALS_PATH = folder;
    assert.equal(chosen()[0], "gs://bucket");
    delete process.env.PULUMI_CREDENTIALS_PATH;
    Object.assign(process.env, { PULUMI_ACCESS_TOKEN: "pul-x", PULUMI_API: "https://pulumi.example.com" });
    assert.equal(chosen()[0], "https://pulumi.example.com");
  });

  it("is the project's own if credentials.json can't be read", () => {
    writeFileSync(join(home, "credentials.json"), "\0\0\0");
    assert.equal(chosenBackend().chosen, undefined);
  });

  it("is the project's own after `source .latency-lab/env`", () => {
    process.env.PULUMI_BACKEND_URL = pathToFileURL(join(stateDir, "state")).href;
    assert.equal(chosenBackend().chosen, undefined);
  });

  for (const [url, folder] of [
    ["file:///srv/state", "/srv/state"],
    ["file://~", userInfo().homedir],
    ["file://~/state", join(userInfo().homedir, "state")],
    ["file://./state", join(root, "state")],
    ["file://state", join(root, "state")],
    ["file:///srv/state?no_tmp_dir=true", "/srv/state"],
    ["file:///srv/my%20state", "/srv/my state"],
    ["s3://bucket", undefined],
    ["azblob://container", undefined],
    ["https://api.pulumi.com", undefined],
  ] as const) {
    it(`${url} is ${folder === undefined ? "no folder" : "the folder that Pulumi makes of it"}`, () => {
      assert.equal(folderOf(url), folder);
    });
  }

  it("is shown without a password or a key", () => {
    assert.equal(shownUrl("https://me:secret@host/path"), "https://…@host/path");
    assert.equal(
      shownUrl("azblob://c?storage_account=a&sas_token=abc"),
      "azblob://c?storage_account=a&sas_token=…",
    );
    assert.equal(shownUrl("file:///srv/state"), "file:///srv/state");
  });
});
