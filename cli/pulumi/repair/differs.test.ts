import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { differs } from "./differs.ts";

const deployment = (container: object) => ({ spec: { template: { spec: { containers: [container] } } } });

describe("an object in the cluster", () => {
  it("is as it was with defaults and a status beside what was wanted", () => {
    const wanted = {
      metadata: { name: "a", labels: { app: "a" } },
      spec: { replicas: 1, ports: [{ port: 80 }] },
    };
    const live = {
      metadata: { name: "a", labels: { app: "a", other: "theirs" }, uid: "1" },
      spec: { replicas: 1, ports: [{ port: 80, protocol: "TCP" }], type: "ClusterIP" },
      status: { ready: true },
    };
    assert.equal(differs(wanted, live), false);
  });

  it("is another one with another value, and without one", () => {
    assert.equal(differs({ data: { a: "1" } }, { data: { a: "2" } }), true);
    assert.equal(differs({ data: { a: "1" } }, { data: {} }), true);
    assert.equal(differs({ data: { a: "1" } }, {}), true);
  });

  it("may write quantities and numbers in its own way", () => {
    const wanted = deployment({ name: "a", resources: { limits: { cpu: "1000m", memory: "1024Mi" } } });
    const live = deployment({ name: "a", resources: { limits: { cpu: "1", memory: "1Gi" } } });
    assert.equal(differs(wanted, live), false);
    assert.equal(differs({ port: 80 }, { port: "80" }), false);
    assert.equal(differs({ cpu: "1" }, { cpu: "2" }), true);
  });

  it("may leave out what is empty, off or none", () => {
    assert.equal(differs({ a: {}, b: [], c: null, d: "", e: false, f: { g: [] } }, {}), false);
    assert.equal(differs({ e: false }, { e: true }), true);
  });

  it("has entries of a list told apart by their keys, and what others added beside them", () => {
    const wanted = deployment({ name: "a", env: [{ name: "X", value: "1" }] });
    const env = [
      { name: "Y", value: "2" },
      { name: "X", value: "1" },
    ];
    assert.equal(differs(wanted, deployment({ name: "a", env })), false);
    assert.equal(differs(wanted, deployment({ name: "a", env: [{ name: "X", value: "3" }] })), true);
    assert.equal(differs(wanted, deployment({ name: "a", env: [] })), true);
  });

  it("may have a key twice, as a port is for two protocols", () => {
    const ports = [
      { protocol: "UDP", port: 53 },
      { protocol: "TCP", port: 53 },
    ];
    assert.equal(differs({ ports }, { ports }), false);
    assert.equal(differs({ ports }, { ports: [ports[0]] }), true);
  });

  it("has lists without keys as they were written, as a whole", () => {
    assert.equal(differs({ args: ["a", "b"] }, { args: ["a", "b"] }), false);
    assert.equal(differs({ args: ["a", "b"] }, { args: ["a", "b", "c"] }), true);
    assert.equal(differs({ args: ["a", "b"] }, { args: ["b", "a"] }), true);
  });

  it("is not compared with a secret, which the state does not tell", () => {
    const secret = {
      "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
      ciphertext: "…",
    };
    assert.equal(differs({ data: { password: secret } }, { data: { password: "abc" } }), false);
  });

  it("has the language's own words under the names of the client's types", () => {
    assert.equal(differs({ ingress: [{ from: [{ a: 1 }] }] }, { ingress: [{ _from: [{ a: 1 }] }] }), false);
    assert.equal(differs({ ingress: [{ from: [{ a: 1 }] }] }, { ingress: [{ _from: [{ a: 2 }] }] }), true);
  });
});
