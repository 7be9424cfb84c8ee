/* Geneve (RFC 8926) with Cilium's DSR option (bpf/lib/tunnel.h): frames put in and taken out, and what does not fit. */
#pragma once

#include "packet.h"

#define GENEVE_PORT 6081
#define WORLD_ID 2
/* Cilium at IANA; the critical bit and 1; in words of four bytes. */
#define DSR_OPTION_CLASS 0x014B
#define DSR_OPTION_TYPE 0x81
#define DSR_OPTION_WORDS 2

struct geneve {
	__u8 words;
	__u8 flags;
	__be16 protocol;
	__u8 vni[3];
	__u8 reserved;
};

struct dsr_option {
	__be16 option_class;
	__u8 type;
	__u8 words;
	__be32 address;
	__be16 port;
	__u16 pad;
};

struct outer {
	struct iphdr ip;
	struct udphdr udp;
	struct geneve geneve;
};

/* The Internet checksum (RFC 1071) of a header. */
static __always_inline __u16 checksum(void *from, __u32 length)
{
	__u64 sum = bpf_csum_diff(0, 0, from, length, 0);

	sum = (sum & 0xffff) + (sum >> 16);
	return ~((sum & 0xffff) + (sum >> 16));
}

/*
 * Tells the client that its packet does not fit (RFC 1191), in the service's name, as Cilium does with
 * pmtuDiscovery.enabled (dsr_reply_icmp4). Without it Cilium leaves such packets to its Geneve device, which sends the
 * outer packet in fragments; a tc program cannot.
 */
static __always_inline int too_big(struct __sk_buff *skb, struct packet *packet, __u32 mtu)
{
	struct {
		struct iphdr ip;
		struct { __u8 type, code; __be16 checksum, unused, mtu; } icmp;
		struct iphdr quoted;
		__u8 start[8];
	} answer = {
		.ip = {
			.version = 4,
			.ihl = 5,
			.ttl = 64,
			.protocol = IPPROTO_ICMP,
			.frag_off = bpf_htons(0x4000),
			.tot_len = bpf_htons(sizeof(answer)),
			.saddr = packet->ip.daddr,
			.daddr = packet->ip.saddr,
		},
		.icmp = { .type = 3, .code = 4, .mtu = bpf_htons(mtu) },
		.quoted = packet->ip,
	};
	struct { __u8 destination[ETH_ALEN], source[ETH_ALEN]; } mac;

	if (packet->ip.ihl != 5 || bpf_skb_load_bytes(skb, packet->l4, answer.start, sizeof(answer.start)) < 0 ||
	    bpf_skb_load_bytes(skb, 0, &mac, sizeof(mac)) < 0)
		return TC_ACT_SHOT;
	answer.ip.check = checksum(&answer.ip, sizeof(answer.ip));
	answer.icmp.checksum = checksum(&answer.icmp, sizeof(answer) - sizeof(answer.ip));
	if (bpf_skb_change_tail(skb, ETH_HLEN + sizeof(answer), 0) < 0 ||
	    bpf_skb_store_bytes(skb, ETH_HLEN, &answer, sizeof(answer), 0) < 0 ||
	    bpf_skb_store_bytes(skb, 0, mac.source, ETH_ALEN, 0) < 0 ||
	    bpf_skb_store_bytes(skb, ETH_ALEN, mac.destination, ETH_ALEN, 0) < 0)
		return TC_ACT_SHOT;
	return bpf_redirect(skb->ifindex, 0);
}

static __always_inline __be16 geneve_port(const struct config *config)
{
	return bpf_htons(config->flags & FAULT_OTHER_PORT ? GENEVE_PORT + 1 : GENEVE_PORT);
}

/* Puts a frame into Geneve and sends it to a node. */
static __always_inline int encapsulate(struct __sk_buff *skb, const struct config *config, __be32 node, __u16 hash,
				       const struct dsr_option *option)
{
	const __u32 length = sizeof(struct outer) + (option ? sizeof(*option) : 0) + ETH_HLEN;
	struct ethhdr frame;
	struct outer outer = {};

	if (bpf_skb_load_bytes(skb, 0, &frame, sizeof(frame)) < 0 ||
	    bpf_skb_adjust_room(skb, length, BPF_ADJ_ROOM_MAC,
				BPF_F_ADJ_ROOM_ENCAP_L3_IPV4 | BPF_F_ADJ_ROOM_ENCAP_L4_UDP | BPF_F_ADJ_ROOM_ENCAP_L2(ETH_HLEN)) < 0)
		return TC_ACT_SHOT;
	outer.ip.version = 4;
	outer.ip.ihl = 5;
	outer.ip.ttl = 64;
	outer.ip.protocol = IPPROTO_UDP;
	outer.ip.tot_len = bpf_htons(skb->len - ETH_HLEN);
	outer.ip.saddr = config->source;
	outer.ip.daddr = node;
	outer.ip.check = checksum(&outer.ip, sizeof(outer.ip));
	outer.udp.source = bpf_htons(32768 | (hash & 0x3fff));
	outer.udp.dest = geneve_port(config);
	outer.udp.len = bpf_htons(skb->len - ETH_HLEN - sizeof(outer.ip));
	outer.geneve.words = option ? sizeof(*option) / 4 : 0;
	outer.geneve.flags = option ? 0x40 : 0; /* critical options present */
	outer.geneve.protocol = bpf_htons(ETH_P_TEB);
	outer.geneve.vni[2] = WORLD_ID;
	if (bpf_skb_store_bytes(skb, ETH_HLEN, &outer, sizeof(outer), 0) < 0 ||
	    (option && bpf_skb_store_bytes(skb, ETH_HLEN + sizeof(outer), option, sizeof(*option), 0) < 0) ||
	    bpf_skb_store_bytes(skb, length, &frame, sizeof(frame), 0) < 0)
		return TC_ACT_SHOT;
	return bpf_redirect_neigh(config->ifindex, 0, 0, 0);
}

static __always_inline int unpack(struct __sk_buff *skb, const struct packet *packet)
{
	const __u32 geneve_at = packet->l4 + sizeof(struct udphdr);
	const __be32 entry = packet->ip.saddr;
	struct packet inner;
	struct geneve geneve;
	struct dsr_option option = {};
	struct connection key;
	__u32 options;

	if (packet->ip.ihl != 5 || bpf_skb_load_bytes(skb, geneve_at, &geneve, sizeof(geneve)) < 0)
		return TC_ACT_OK;
	if (geneve.words >> 6 != 0 || geneve.protocol != bpf_htons(ETH_P_TEB))
		return TC_ACT_OK;
	options = (geneve.words & 0x3f) * 4;
	if (options == sizeof(option) && bpf_skb_load_bytes(skb, geneve_at + sizeof(geneve), &option, sizeof(option)) < 0)
		return TC_ACT_SHOT;
	/* An option nobody knows and that must be known: RFC 8926, section 3.5. */
	if (options != 0 && (option.option_class != bpf_htons(DSR_OPTION_CLASS) || option.type != DSR_OPTION_TYPE))
		return TC_ACT_SHOT;
	if (bpf_skb_adjust_room(skb, -(__s32)(sizeof(struct outer) + options + ETH_HLEN), BPF_ADJ_ROOM_MAC, 0) < 0)
		return TC_ACT_SHOT;
	if (!parse(skb, ETH_HLEN, &inner))
		return TC_ACT_OK;
	key = connection_of(&inner);
	if (options != 0) {
		struct addressed addressed = { .address = option.address, .port = option.port, .entry = entry };
		bpf_map_update_elem(&replies, &key, &addressed, BPF_ANY);
	} else if (inner.syn && !inner.ack) {
		bpf_map_delete_elem(&replies, &key);
	}
	return TC_ACT_OK;
}
