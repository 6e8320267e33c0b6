import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { proxyTo } from "../test/api-server.ts";
import { fetchThroughProxy } from "./proxy.ts";

describe("a download", () => {
  const server = createServer((_, response) => response.end("here"));
  const kept = process.env.HTTP_PROXY;
  let proxy: Awaited<ReturnType<typeof proxyTo>>;
  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    proxy = await proxyTo((server.address() as AddressInfo).port);
    process.env.HTTP_PROXY = proxy.url;
  });
  after(() => {
    if (kept === undefined) delete process.env.HTTP_PROXY;
    else process.env.HTTP_PROXY = kept;
    server.closeAllConnections();
    server.close();
    proxy.close();
  });

  it("goes through the proxy of the environment", async () => {
    const response = await fetchThroughProxy("http://charts.internal/index.yaml");
    assert.equal(await response.text(), "here");
    assert.deepEqual(proxy.asked, ["charts.internal"]);
  });

  it("and goes to this machine directly", async () => {
    const { port } = server.address() as AddressInfo;
    const response = await fetchThroughProxy(`http://127.0.0.1:${port}/`);
    assert.equal(await response.text(), "here");
    assert.equal(proxy.asked.length, 1);
  });
});
