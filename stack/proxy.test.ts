import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { proxyFor } from "./proxy.ts";

const proxy = "http://proxy:3128";
const goesThrough = (address: string, NO_PROXY = "") =>
  proxyFor(address, { HTTPS_PROXY: proxy, NO_PROXY }) === proxy;

describe("the proxy of the environment", () => {
  it("is the one for the scheme, in either spelling, with or without a scheme of its own", () => {
    assert.equal(proxyFor("https://a", { HTTPS_PROXY: proxy, HTTP_PROXY: "http://other" }), proxy);
    assert.equal(proxyFor("http://a", { HTTPS_PROXY: proxy }), undefined);
    assert.equal(proxyFor("http://a", { http_proxy: "proxy:3128" }), proxy);
    assert.equal(proxyFor("https://a", { HTTPS_PROXY: "", https_proxy: "socks5://p" }), "socks5://p");
  });

  it("is never used for this machine", () => {
    for (const host of ["localhost:6443", "127.0.0.1", "127.8.0.1", "[::1]:6443"]) {
      assert.equal(goesThrough(`https://${host}`), false, host);
    }
  });

  it("is not used for addresses in NO_PROXY", () => {
    const covered: [string, string][] = [
      ["https://api.example.com", "example.com"],
      ["https://example.com", "example.com"],
      ["https://api.example.com", ".example.com"],
      ["https://api.example.com", "*.example.com"],
      ["https://api.example.com:6443", "a.b, example.com:6443"],
      ["https://10.1.2.3", "10.0.0.0/8"],
      ["https://10.1.2.3:6443", "10.1.2.3"],
      ["https://[fd00::7]:6443", "fd00::/8"],
      ["https://anything", "*"],
    ];
    for (const [address, list] of covered) assert.equal(goesThrough(address, list), false, list);
  });

  it("is used for everything else", () => {
    const asked: [string, string][] = [
      ["https://example.com", ".example.com"],
      ["https://badexample.com", "example.com"],
      ["https://api.example.com:6443", "example.com:443"],
      ["https://11.1.2.3", "10.0.0.0/8"],
      ["https://10.1.2.3", "10.0.0.0/99"],
      ["https://a", ""],
    ];
    for (const [address, list] of asked) assert.equal(goesThrough(address, list), true, list);
  });
});
