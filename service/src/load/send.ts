import { get as getHttp, Agent as HttpAgent } from "node:http";
import { get as getHttps, Agent as HttpsAgent } from "node:https";

/** Sends a request. Resolves to the status when the whole response has arrived; rejects if there is none. */
export type Send = (path: string, requestId: string) => Promise<number>;

/** Sends requests to a server over keep-alive connections. */
export function sender(target: string): { send: Send; close: () => void } {
  const secure = target.startsWith("https:");
  const agent = new (secure ? HttpsAgent : HttpAgent)({ keepAlive: true, scheduling: "lifo" });
  const get = secure ? getHttps : getHttp;
  const send: Send = (path, requestId) =>
    new Promise((resolve, reject) => {
      const headers = { "X-Request-Id": requestId, "User-Agent": "latency-lab-load" };
      get(`${target}${path}`, { agent, headers }, (answer) => {
        answer
          .on("end", () => resolve(answer.statusCode ?? 0))
          .on("error", reject)
          .resume();
      }).on("error", reject);
    });
  return { send, close: () => agent.destroy() };
}
