import { Agent, get } from "node:http";

/** Sends `count` requests, `atATime` of them in parallel, and waits for all answers. */
export async function sendRequests(url: string, { count, atATime }: { count: number; atATime: number }) {
  const agent = new Agent({ keepAlive: true, maxSockets: atATime });
  let left = count;
  const sender = async () => {
    while (left-- > 0) await send(url, agent);
  };
  await Promise.all(Array.from({ length: atATime }, sender));
  agent.destroy();
}

/** Sends one request of every kind, so that every counter exists before its increase is measured. */
export async function everySeriesOnce(serverUrl: string): Promise<void> {
  const paths = ["/", "/delay/1ms", "/status/500", "/status/200", "/nowhere"];
  const requests = paths.map((path) => sendRequests(`${serverUrl}${path}`, { count: 1, atATime: 1 }));
  await Promise.all([...requests, abortRequest(`${serverUrl}/delay/2s`, 50)]);
}

/** Sends a request and disconnects before the response. */
function abortRequest(url: string, afterMilliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const request = get(url, () => {});
    request.on("error", () => resolve());
    setTimeout(() => request.destroy(), afterMilliseconds);
  });
}

function send(url: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      response.resume();
      response.on("end", resolve);
    }).on("error", reject);
  });
}
