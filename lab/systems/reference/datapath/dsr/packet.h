/* Packets with TCP or UDP in them: reading them, and giving them other ends. */
#pragma once

#include "maps.h"

struct packet {
	struct iphdr ip;
	__be16 source_port;
	__be16 destination_port;
	__u32 l4;
	__u8 syn, ack, end;
};

/* Reads a packet at an offset. False for what has no ports in it, or is a fragment. */
static __always_inline int parse(struct __sk_buff *skb, __u32 l3, struct packet *packet)
{
	struct { __be16 source, destination; } ports;
	__u8 flags = 0;

	if (bpf_skb_load_bytes(skb, l3, &packet->ip, sizeof(packet->ip)) < 0)
		return 0;
	if (packet->ip.version != 4 || packet->ip.ihl < 5 || packet->ip.frag_off & bpf_htons(0x3fff))
		return 0;
	if (packet->ip.protocol != IPPROTO_TCP && packet->ip.protocol != IPPROTO_UDP)
		return 0;
	packet->l4 = l3 + packet->ip.ihl * 4;
	if (bpf_skb_load_bytes(skb, packet->l4, &ports, sizeof(ports)) < 0)
		return 0;
	packet->source_port = ports.source;
	packet->destination_port = ports.destination;
	if (packet->ip.protocol == IPPROTO_TCP && bpf_skb_load_bytes(skb, packet->l4 + 13, &flags, 1) < 0)
		return 0;
	packet->end = (flags & 0x05) != 0;
	packet->syn = (flags & 0x02) != 0;
	packet->ack = (flags & 0x10) != 0;
	return 1;
}

static __always_inline struct connection connection_of(const struct packet *packet)
{
	struct connection connection = {
		.client = packet->ip.saddr,
		.server = packet->ip.daddr,
		.client_port = packet->source_port,
		.server_port = packet->destination_port,
		.protocol = packet->ip.protocol,
	};
	return connection;
}

/* Gives a packet another source or destination. `address_at` and `port_at` are offsets in the IP and TCP/UDP headers. */
static __always_inline int translate(struct __sk_buff *skb, const struct packet *packet, __u32 address_at, __u32 port_at,
				     __be32 old_address, __be32 address, __be16 old_port, __be16 port)
{
	const int udp = packet->ip.protocol == IPPROTO_UDP;
	const __u32 sum = packet->l4 + (udp ? offsetof(struct udphdr, check) : offsetof(struct tcphdr, check));
	const __u64 flags = udp ? BPF_F_MARK_MANGLED_0 : 0;

	if (bpf_l4_csum_replace(skb, sum, old_address, address, flags | BPF_F_PSEUDO_HDR | sizeof(address)) < 0 ||
	    bpf_l4_csum_replace(skb, sum, old_port, port, flags | sizeof(port)) < 0 ||
	    bpf_l3_csum_replace(skb, ETH_HLEN + offsetof(struct iphdr, check), old_address, address, sizeof(address)) < 0 ||
	    bpf_skb_store_bytes(skb, ETH_HLEN + address_at, &address, sizeof(address), 0) < 0 ||
	    bpf_skb_store_bytes(skb, packet->l4 + port_at, &port, sizeof(port), 0) < 0)
		return -1;
	return 0;
}

static __always_inline int translate_destination(struct __sk_buff *skb, const struct packet *packet, __be32 address, __be16 port)
{
	return translate(skb, packet, offsetof(struct iphdr, daddr), offsetof(struct udphdr, dest), packet->ip.daddr,
			 address, packet->destination_port, port);
}

static __always_inline int translate_source(struct __sk_buff *skb, const struct packet *packet, __be32 address, __be16 port)
{
	return translate(skb, packet, offsetof(struct iphdr, saddr), offsetof(struct udphdr, source), packet->ip.saddr,
			 address, packet->source_port, port);
}
