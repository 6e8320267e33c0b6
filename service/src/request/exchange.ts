import { type IncomingMessage, ServerResponse } from "node:http";
import type { Milliseconds } from "../delay/duration.ts";
import { measuredRoutes, type Route } from "../routes.ts";
import { requestId } from "./id.ts";
import { type Trace, traceOf } from "./trace.ts";

/** What there is to say about a request that ended. */
export interface EndedRequest {
  readonly requestId: string;
  readonly trace: Trace | undefined;
  readonly method: string;
  /** The path and query as the client sent them. */
  readonly path: string;
  readonly client: string;
  readonly userAgent: string;
  readonly route: Route;
  readonly status: number;
  /** Bytes of the response's body. */
  readonly responseSize: number;
  /** The delay that was drawn or asked for. */
  readonly delay: Milliseconds;
  /** Waiting before the delay began and after it was over. */
  readonly queue: Milliseconds;
  /** From the end of the delay until the response was handed to the network. */
  readonly response: Milliseconds;
  readonly total: Milliseconds;
  /** When it ended, in milliseconds since 1970. */
  readonly time: number;
  /** It failed because the configured error rate drew it. */
  readonly injectedError: boolean;
  /** The client left before its response was complete. */
  readonly aborted: boolean;
}

/** The status of a request whose client left, as nginx has it. */
export const clientLeft = 499;

/** A request and its response, from the arrival of its headers on. */
export class Exchange implements EndedRequest {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly requestId: string;
  readonly trace: Trace | undefined;
  /** Until it has been routed it is unknown, and stays so when there is no such route. */
  route: Route = measuredRoutes.unknown;
  delay: Milliseconds = 0;
  injectedError = false;
  responseSize = 0;
  /** Ends the wait when the client leaves; only there while it waits. */
  leave: (() => void) | undefined = undefined;

  // On the clock of performance.now().
  readonly arrived: Milliseconds;
  /** When its handler began. */
  handled: Milliseconds;
  /** When its delay was over and it was its turn again. */
  resumed: Milliseconds;
  ended: Milliseconds;

  time = 0;
  status = 0;
  aborted = false;

  constructor(incoming: IncomingMessage, outgoing: ServerResponse) {
    const now = performance.now();
    this.arrived = now;
    this.handled = now;
    this.resumed = now;
    this.ended = now;
    this.incoming = incoming;
    this.outgoing = outgoing;
    const { headers } = incoming;
    this.requestId = requestId(headers["x-request-id"]);
    this.trace = headers.traceparent === undefined ? undefined : traceOf(headers.traceparent);
  }

  /** The response is complete, or the client has left. */
  end(): void {
    this.ended = performance.now();
    this.time = Date.now();
    this.aborted = !this.outgoing.writableFinished;
    this.status = this.aborted ? clientLeft : this.outgoing.statusCode;
    this.leave?.();
  }

  get method(): string {
    return this.incoming.method as string;
  }

  get path(): string {
    return this.incoming.url as string;
  }

  /** The client's address; IPv4 as it is written, also where the server listens on IPv6 for both. */
  get client(): string {
    const address = this.incoming.socket.remoteAddress ?? "";
    return address.startsWith("::ffff:") ? address.slice(7) : address;
  }

  get userAgent(): string {
    return this.incoming.headers["user-agent"] ?? "";
  }

  get total(): Milliseconds {
    return this.ended - this.arrived;
  }

  get response(): Milliseconds {
    return this.ended - this.resumed;
  }

  get queue(): Milliseconds {
    return Math.max(0, this.resumed - this.arrived - this.delay);
  }
}

/** A response that knows its exchange, so that whoever holds the one finds the other. */
export class ExchangeResponse extends ServerResponse {
  exchange: Exchange | undefined = undefined;
}
