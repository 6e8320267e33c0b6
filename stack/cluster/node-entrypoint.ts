/** Where the node's entrypoint is put. */
export const entrypoint = "/bin/latency-lab-node";

/** The resolv.conf of pods that resolve as the host does, CoreDNS among them. */
export const podsResolvConf = "/etc/rancher/resolv.conf";

/**
 * Makes the engine's resolver, which knows the names that the host knows, answer pods. It listens
 * on 127.0.0.11 of the node, which is another place inside a pod; k3s would use a public resolver
 * instead. kind and k3d do the same, and kind the second remedy too. Only what every shell has: the
 * image has little else.
 */
export function nodeEntrypoint(gateway: string): string {
  return `#!/bin/sh
port() {
  while read -r _ address _; do
    case "$address" in 0B00007F:*) echo $((0x\${address#*:})); return ;; esac
  done < "/proc/net/$1"
}
resolver=${gateway}
for protocol in udp tcp; do
  to=127.0.0.11:$(port "$protocol")
  for chain in PREROUTING OUTPUT; do
    iptables -t nat -A "$chain" -d ${gateway} -p "$protocol" --dport 53 -j DNAT --to-destination "$to" 2> /dev/null || resolver=127.0.0.11
  done
done
# Packets to 127.0.0.0/8 that come from a pod are dropped otherwise.
echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet || resolver=127.0.0.11
while read -r line; do
  case "$line" in
    "nameserver 127.0.0.11") echo "nameserver $resolver" ;;
    *) echo "$line" ;;
  esac
done < /etc/resolv.conf > ${podsResolvConf}
# An image's root is another user where the engine remaps users: what is setuid would run as that one.
for tool in mount umount; do chmod u-s "$(command -v "$tool")"; done
exec /bin/k3s "$@"
`;
}
