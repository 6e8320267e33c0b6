// A fake API server with HTTPS that records every request. The certificates in `tls-*.pem` are for tests only.
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, request } from "node:http";
import { createSecureServer, type Http2ServerRequest } from "node:http2";
import { connect } from "node:net";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { listening } from "./fakes.ts";

/** The file `tls-NAME`: `ca.pem`, or a certificate with its key: `server.pem`, `client.pem`, `expired.pem`. */
export const tlsFile = (name: string) => join(import.meta.dirname, `tls-${name}`);

/** Its content, base64-encoded as in kubeconfigs. */
export const tlsData = (name: string) => readFileSync(tlsFile(name)).toString("base64");

interface Asked {
  readonly path: string;
  /** Names and values of all headers, alternating, in the order received. */
  readonly headers: readonly string[];
  readonly authorization: string | undefined;
  /** Common name of the client certificate. */
  readonly certificate: string | undefined;
}

export type ApiServer = Awaited<ReturnType<typeof apiServer>>;

/** Answers every request with a list, which is empty by default, or with an error status. */
export async function apiServer({
  host = "127.0.0.1",
  status = 200,
  path = "",
  certificate = "server.pem",
  items = () => [] as object[],
} = {}) {
  const asked: Asked[] = [];
  const options = {
    cert: readFileSync(tlsFile(certificate)),
    key: readFileSync(tlsFile(certificate)),
    ca: readFileSync(tlsFile("ca.pem")),
    requestCert: true,
    rejectUnauthorized: false,
    allowHTTP1: true,
  };
  // Like a real API server, speaks HTTP/2 if the client does.
  const server = createSecureServer(options, (request, response) => {
    asked.push(recorded(request));
    response.statusCode = status;
    response.setHeader("Content-Type", "application/json");
    const message = status === 401 ? "Unauthorized" : 'nodes is forbidden: User "alice" cannot list';
    response.end(
      JSON.stringify(
        status === 200
          ? { kind: "List", apiVersion: "v1", items: items() }
          : { kind: "Status", apiVersion: "v1", status: "Failure", message, code: status },
      ),
    );
  });
  const port = await listening(server, host);
  const url = `https://${host.includes(":") ? `[${host}]` : host}:${port}${path}`;
  return { port, url, asked };
}

function recorded({ url = "", rawHeaders, headers, socket }: IncomingMessage | Http2ServerRequest): Asked {
  const { subject } = (socket as TLSSocket).getPeerCertificate();
  const certificate = subject?.CN === undefined ? undefined : String(subject.CN);
  return { path: url, headers: rawHeaders, authorization: headers.authorization, certificate };
}

/** A proxy that connects every host name to one port of 127.0.0.1, and records the requested hosts. */
export async function proxyTo(target: number): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  // HTTP requests name the full URL; HTTPS uses CONNECT.
  const server = createServer(({ url = "", method, headers }, response) => {
    asked.push(new URL(url).host);
    const { pathname, search } = new URL(url);
    const onward = { host: "127.0.0.1", port: target, path: `${pathname}${search}`, method, headers };
    request(onward, (answer) => answer.pipe(response)).end();
  });
  server.on("connect", ({ url = "" }, socket) => {
    asked.push(url);
    const upstream = connect(target, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      upstream.pipe(socket).pipe(upstream);
    });
    for (const end of [socket, upstream]) end.on("error", () => end.destroy());
  });
  return { url: `http://127.0.0.1:${await listening(server)}`, asked };
}
