import assert from "node:assert/strict";
import { test } from "node:test";
import { throughputOf } from "./wrk.ts";

const output = (more = "") => `Running 6s test @ http://127.0.0.1:19004/
  1 threads and 64 connections
  Latency Distribution
     50%    1.58ms
     99%  990.00us
  210000 requests in 6.00s, 60.00MB read
${more}Requests/sec:  34999.75
Transfer/sec:     10.00MB
`;

test("the output of wrk is parsed to requests per second and milliseconds", () => {
  assert.deepEqual(throughputOf(output()), { requestsPerSecond: 34_999.75, p99: 0.99 });
});

test("a run with errors or without responses is rejected", () => {
  assert.throws(() => throughputOf(output("  Non-2xx or 3xx responses: 3\n")), /Non-2xx or 3xx responses: 3/);
  assert.throws(
    () => throughputOf(output("  Socket errors: connect 0, read 7, write 0, timeout 0\n")),
    /Socket errors/,
  );
  assert.throws(() => throughputOf(output().replace("34999.75", "0.00")), /unexpected/);
});
