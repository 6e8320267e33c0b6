import { execFile } from "node:child_process";
import { isIPv4 } from "node:net";
import { networkInterfaces } from "node:os";
import { promisify } from "node:util";
import { UserError } from "../errors.ts";
import { hash, type Names } from "../plan.ts";
import { askEngine, type EngineInfo } from "./engine.ts";

const exec = promisify(execFile);

/** Addresses of a local cluster's network. Fixed, because Docker assigns new ones at each start otherwise. */
export interface Addresses {
  readonly subnet: string;
  readonly gateway: string;
  readonly node: string;
  readonly registry: string;
  /** Addresses for other containers, which would take the fixed ones if they start first. */
  readonly others: string;
}

/** Docker's default address pools. */
const defaultPools = [
  ...Array.from({ length: 14 }, (_, index) => ({ Base: `172.${18 + index}.0.0/16`, Size: 24 })),
  { Base: "192.168.0.0/16", Size: 24 },
];

/** k3s' networks for pods and services. */
export const k3sNetworks = ["10.42.0.0/16", "10.43.0.0/16"];

/** The stack's existing network, else a free one of 254 addresses. */
export async function findAddresses(
  { instance }: Pick<Names, "instance">,
  info: EngineInfo,
): Promise<Addresses> {
  const networks = await subnets();
  const own = networks.find(({ name }) => name === instance)?.subnets.find(isIPv4Subnet);
  if (own !== undefined) return addresses(own);
  const taken = [...networks.flatMap((one) => one.subnets), ...(await localSubnets()), ...k3sNetworks];
  const pools = info.DefaultAddressPools?.filter(({ Base }) => isIPv4Subnet(Base)) ?? [];
  const all = pools.length > 0 ? pools : defaultPools;
  return addresses(freeSubnet(all, taken.filter(isIPv4Subnet), instance));
}

/** A free subnet. The search starts at a hash of the name, so that two concurrent runs rarely collide. */
export function freeSubnet(
  pools: readonly { readonly Base: string; readonly Size: number }[],
  taken: readonly string[],
  name: string,
): string {
  const candidates = pools.flatMap(({ Base }) => {
    const { first, bits } = parsed(Base);
    const length = Math.max(bits, 24);
    const size = 2 ** (32 - length);
    const count = 2 ** (length - bits);
    return Array.from({ length: count }, (_, index) => `${dotted(first + index * size)}/${length}`);
  });
  const start = hash(name) % candidates.length;
  const ordered = [...candidates.slice(start), ...candidates.slice(0, start)];
  const free = ordered.find((one) => !taken.some((other) => overlap(one, other)));
  if (free !== undefined) return free;
  throw new UserError({
    what: "the Docker engine has no free subnet for a network",
    why: `${taken.length} subnets take up all of ${pools.map(({ Base }) => Base).join(", ")}`,
    fix: "docker network prune   (removes unused networks)",
  });
}

function addresses(subnet: string): Addresses {
  const { first, last, bits } = parsed(subnet);
  const others = `${dotted((first + last + 1) / 2)}/${bits + 1}`;
  return { subnet, gateway: dotted(first + 1), node: dotted(first + 2), registry: dotted(first + 3), others };
}

async function subnets(): Promise<{ name: string; subnets: string[] }[]> {
  const ids = (await askEngine(["network", "ls", "--quiet"])).split("\n").filter((id) => id !== "");
  if (ids.length === 0) return [];
  const format = "{{.Name}}{{range .IPAM.Config}} {{.Subnet}}{{end}}";
  const listed = await askEngine(["network", "inspect", "--format", format, ...ids]);
  return listed.split("\n").map((line) => {
    const [name = "", ...all] = line.split(" ");
    return { name, subnets: all };
  });
}

/** Subnets of this machine's interfaces and, on Linux, of its routes, such as a VPN's. */
async function localSubnets(): Promise<string[]> {
  const interfaces = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  const routes = await exec("ip", ["-json", "route"])
    .then(({ stdout }) => JSON.parse(stdout) as { dst: string }[])
    .catch(() => []);
  return [
    ...interfaces.flatMap(({ cidr }) => cidr ?? []),
    ...routes.map(({ dst }) => (dst.includes("/") ? dst : `${dst}/32`)),
  ];
}

function isIPv4Subnet(subnet: string): boolean {
  return isIPv4(subnet.split("/")[0] ?? "");
}

function overlap(one: string, other: string): boolean {
  const [a, b] = [parsed(one), parsed(other)];
  return a.first <= b.last && b.first <= a.last;
}

function parsed(subnet: string): { first: number; last: number; bits: number } {
  const [address = "", bits] = subnet.split("/");
  const number = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(bits));
  const first = number - (number % size);
  return { first, last: first + size - 1, bits: Number(bits) };
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}
