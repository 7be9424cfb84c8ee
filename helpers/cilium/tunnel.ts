/** What Cilium adds to a packet (pkg/mtu, `TunnelOverhead`): outer IPv4, UDP and tunnel header, inner Ethernet header. */
export const tunnelOverhead = 20 + 8 + 8 + 14;
