import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { withConfig, withTables } from "./generate.ts";
import { schema } from "./schema.ts";

const root = join(import.meta.dirname, "..", "..");
const file = (name: string) => readFileSync(join(root, name), "utf8");

describe("the published settings", () => {
  it("in Pulumi.yaml are current (npm run generate updates them)", () => {
    assert.equal(withConfig(file("Pulumi.yaml")), file("Pulumi.yaml"));
  });

  it("in docs/settings.md are current (npm run generate updates them)", () => {
    assert.equal(withTables(file("docs/settings.md")), file("docs/settings.md"));
  });

  it("declare every key with a type, a default and a description", () => {
    const { config } = parse(file("Pulumi.yaml"));
    assert.deepEqual(Object.keys(config), Object.keys(schema));
    for (const [key, declared] of Object.entries<Record<string, unknown>>(config)) {
      assert.match(String(declared.type), /^(string|integer|boolean)$/, key);
      assert.equal(typeof declared.default, declared.type === "integer" ? "number" : declared.type, key);
      assert.ok(String(declared.description).length > 15, key);
    }
  });
});
