/** The URL of a host, which can be an IPv6 address, and a port. */
export function httpUrl(host: string, port: number): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
