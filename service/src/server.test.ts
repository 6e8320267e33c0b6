import assert from "node:assert/strict";
import { Agent, get } from "node:http";
import { connect } from "node:net";
import { type TestContext, test } from "node:test";
import { program } from "../testing/process.ts";
import { running, until } from "../testing/running.ts";

/** Starts the program and waits until it listens. */
async function served(t: TestContext, environment: Record<string, string>) {
  const server = program(t, [], { PORT: "0", HOST: "127.0.0.1", ...environment });
  return { ...server, port: await server.listening() };
}

/** Sends a request. Resolves to the status or the error code. */
function ask(port: number, path: string, agent: Agent | false): Promise<number | string> {
  return new Promise((resolve) => {
    get({ port, host: "127.0.0.1", path, agent }, (answer) => {
      answer
        .on("end", () => resolve(answer.statusCode ?? 0))
        .on("error", (error) => resolve(String(error)))
        .resume();
    }).on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? String(error)));
  });
}

test("a started server is healthy and ready", async (t) => {
  const { url } = await running(t);
  assert.equal(await (await fetch(`${url}/healthz`)).text(), "ok\n");
  assert.equal(await (await fetch(`${url}/readyz`)).text(), "ready\n");
});

test("on SIGTERM under load, it keeps serving until requests stop, fails none, and exits with 0", async (t) => {
  const { child, port, lines, ended } = await served(t, { DELAY_MAX: "600ms", SHUTDOWN_DELAY: "2s" });
  const agent = new Agent({ keepAlive: true });
  const outcomes: (number | string)[] = [];
  let stopped = false;
  // These clients keep sending requests, as if no other pod were ready.
  const clients = Array.from({ length: 100 }, async () => {
    while (!stopped) outcomes.push(await ask(port, "/", agent));
  });
  await until(() => outcomes.length > 200);
  child.kill("SIGTERM");
  const before = outcomes.length;
  // Much longer than SHUTDOWN_DELAY: only the requests keep the server alive.
  await new Promise((resolve) => setTimeout(resolve, 4000));
  assert.ok(outcomes.length > before + 200);
  assert.equal(child.exitCode, null);
  const longest = ask(port, "/delay/600ms", agent);
  stopped = true;
  await Promise.all(clients);
  assert.equal(await longest, 200);
  agent.destroy();
  assert.deepEqual(new Set(outcomes), new Set([200]));
  assert.equal(await ended, 0);
  const last = lines().at(-1);
  assert.deepEqual([last?.msg, last?.cut_off], ["stopped", 0]);
});

test("probes and scrapes do not delay the shutdown", async (t) => {
  const { child, port, ended } = await served(t, { SHUTDOWN_DELAY: "300ms" });
  child.kill("SIGTERM");
  let over = false;
  void ended.then(() => {
    over = true;
  });
  while (!over) for (const path of ["/readyz", "/healthz", "/metrics"]) await ask(port, path, false);
  assert.equal(await ended, 0);
});

test("continuous requests delay the shutdown by no more than the shutdown timeout", async (t) => {
  const { child, port, ended } = await served(t, {
    DELAY_MAX: "10ms",
    SHUTDOWN_DELAY: "300ms",
    SHUTDOWN_TIMEOUT: "1s",
  });
  const begin = performance.now();
  child.kill("SIGTERM");
  let outcome: number | string = 200;
  while (outcome === 200) outcome = await ask(port, "/", false);
  assert.ok(performance.now() - begin >= 1000);
  assert.equal(await ended, 0);
});

test("requests that arrive just before the server closes are served completely", async (t) => {
  const { child, port, ended, lines } = await served(t, { DELAY_MAX: "1s", SHUTDOWN_DELAY: "0s" });
  const sockets = Array.from({ length: 200 }, () => connect({ port, host: "127.0.0.1" }));
  const answers = sockets.map(async (socket) => {
    socket.setEncoding("latin1").write("GET /delay/1s HTTP/1.1\r\nHost: a\r\n\r\n");
    let answer = "";
    for await (const text of socket) answer += text;
    return answer;
  });
  const inFlight = async () => {
    const response = await fetch(`http://127.0.0.1:${port}/metrics`);
    return Number(/^http_requests_in_flight (\d+)/m.exec(await response.text())?.[1]);
  };
  await until(async () => (await inFlight()) === 201);
  child.kill("SIGTERM");
  for (const answer of await Promise.all(answers)) {
    assert.match(answer, /^HTTP\/1.1 200 OK\r\n[\s\S]*connection: close\r\n[\s\S]*Served after 1000 ms/i);
  }
  assert.equal(await ended, 0);
  assert.equal(
    lines().filter(({ route, status }) => route === "/delay/:duration" && status === 200).length,
    200,
  );
});

test("while shutting down, it stays ready and asks clients to close their connections", async (t) => {
  const server = await running(t, { shutdownDelay: "300ms", delayMax: "0s" });
  const stopped = server.stop();
  for (const path of ["/readyz", "/healthz", "/", "/status/404", "/metrics"]) {
    const response = await fetch(server.url + path);
    await response.arrayBuffer();
    assert.equal(response.status, path === "/status/404" ? 404 : 200, path);
    assert.equal(response.headers.get("connection"), "close", path);
  }
  assert.equal(await stopped, 0);
  await assert.rejects(fetch(server.url));
});

test("requests still in flight after the drain timeout are cut off and logged, and the exit code is 1", async (t) => {
  const { child, port, lines, ended } = await served(t, {
    DELAY_MAX: "1h",
    SHUTDOWN_DELAY: "0s",
    DRAIN_TIMEOUT: "100ms",
  });
  const cut = ask(port, "/delay/1h", false);
  await until(async () => /^http_requests_in_flight 2$/m.test(await metricsOf(port)));
  child.kill("SIGTERM");
  assert.equal(await cut, "ECONNRESET");
  assert.equal(await ended, 1);
  assert.equal(lines().find(({ msg }) => msg === "stopped")?.cut_off, 1);
});

test("a second SIGTERM ends it immediately", async (t) => {
  const { child, ended, output } = await served(t, { SHUTDOWN_DELAY: "1h" });
  child.kill("SIGTERM");
  await until(() => output().includes("shutting down"));
  child.kill("SIGTERM");
  assert.equal(await ended, 1);
});

test("a port in use is reported in one clear message", async (t) => {
  const { port } = await running(t);
  const second = program(t, ["--port", String(port), "--host", "127.0.0.1"]);
  assert.equal(await second.ended, 1);
  assert.match(
    second.errors(),
    new RegExp(`^error: cannot listen on 127.0.0.1:${port}: .*already.*\n.*PORT`),
  );
});

async function metricsOf(port: number): Promise<string> {
  return (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
}
