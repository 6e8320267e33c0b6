import assert from "node:assert/strict";
import { createServer, type ServerResponse } from "node:http";
import { after, describe, it } from "node:test";
import { listening } from "../../test/fakes.ts";
import { query, unknownTargets } from "./prometheus.ts";

describe("a query", () => {
  const closers: (() => void)[] = [];
  after(() => {
    for (const close of closers) close();
  });

  /** A fake Prometheus that returns its answers in order, and then repeats the last one. */
  async function prometheus(...answers: ((response: ServerResponse) => void)[]) {
    let asked = 0;
    const server = createServer((_, response) => answers[Math.min(asked++, answers.length - 1)]?.(response));
    const url = `http://127.0.0.1:${await listening(server)}`;
    closers.push(() => server.close());
    return { url, asked: () => asked };
  }

  const fails = (response: ServerResponse) => response.destroy();
  const answers = (response: ServerResponse) =>
    response.end(
      JSON.stringify({ status: "success", data: { result: [{ metric: { a: "b" }, value: [1, "2"] }] } }),
    );

  it("is retried if an answer does not come", async () => {
    const { url, asked } = await prometheus(fails, fails, answers);
    assert.deepEqual(await query(url, "up"), [{ metric: { a: "b" }, value: 2 }]);
    assert.equal(asked(), 3);
  });

  it("that Prometheus refuses is not retried", async () => {
    const refuses = (response: ServerResponse) =>
      response.end(JSON.stringify({ status: "error", error: "parse error" }));
    const { url, asked } = await prometheus(refuses);
    await assert.rejects(query(url, "("), /Prometheus: parse error/);
    assert.equal(asked(), 1);
  });
});

describe("a server outside the cluster", () => {
  it("counts as known only when Prometheus has it in its job", () => {
    const target = { scrapeUrl: "", health: "unknown", lastError: "" };
    const known = [
      { ...target, labels: { job: "httpserver-metrics" }, discoveredLabels: { __address__: "a:1" } },
      { ...target, labels: { job: "other" }, discoveredLabels: { __address__: "b:1" } },
    ];
    assert.deepEqual(unknownTargets(known, ["a:1", "b:1"]), ["b:1"]);
  });
});
