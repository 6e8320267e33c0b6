import type { Socket } from "node:net";

/**
 * Ends a connection on which something came that is no request, saying what was
 * wrong where there is still somebody to say it to.
 *
 * @returns whether the client sent something wrong, rather than just going away
 */
export function refuse(error: NodeJS.ErrnoException, socket: Socket): boolean {
  const status = statusOf(error.code ?? "");
  // Not writable: it has been told already, or has left.
  if (status === undefined || !socket.writable) {
    socket.destroy();
    return false;
  }
  // The client would take it for the response to a request before, which is still to come.
  const answering = "_httpMessage" in socket && socket._httpMessage !== null;
  if (answering) socket.destroy();
  else socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  return true;
}

function statusOf(code: string): string | undefined {
  if (code === "HPE_HEADER_OVERFLOW") return "431 Request Header Fields Too Large";
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return "408 Request Timeout";
  return code.startsWith("HPE_") ? "400 Bad Request" : undefined;
}
