import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";

const width = JSON.stringify(new URL("width.ts", import.meta.url).href);
const isGnu = /util-linux/.test(spawnSync("script", ["--version"], { encoding: "utf8" }).stdout ?? "");
const skip = isGnu ? false : "there is no `script` to make a terminal with";

/** The width that a command sees on a terminal with this number of columns. */
function seenOn(columns: number): string {
  const code = `import { assumeWidth } from ${width}; assumeWidth(); console.log(String(process.stdout.columns));`;
  const node = `'${process.execPath}' --disable-warning=ExperimentalWarning --input-type=module --eval '${code}'`;
  const { stdout } = spawnSync("script", ["-qec", `stty cols ${columns} && ${node}`, "/dev/null"], {
    encoding: "utf8",
  });
  return stdout.trim();
}

describe("the width of a terminal", { skip }, () => {
  it("is 80 columns if the terminal does not report it", () => assert.equal(seenOn(0), "80"));
  it("is the terminal's own", () => assert.equal(seenOn(123), "123"));
});
