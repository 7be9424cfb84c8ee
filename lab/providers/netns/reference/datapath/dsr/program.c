// Direct server return with Geneve dispatch, as Cilium's datapath does it (bpf/lib/nodeport.h, bpf/lib/tunnel.h,
// bpf/lib/lb.h), without a Geneve device: headers are put on and taken off here. Compiled by lab/setup/bpf.sh.
//
// `from_lan` stands at the ingress of a node's interfaces. A packet for a service's address gets a backend: on this
// node its destination is rewritten and the stack delivers it; elsewhere it goes there inside Geneve, its source
// untouched, and its SYN (any packet, with UDP) tells in an option which service was addressed. A packet in Geneve for
// this node is unpacked, and what its option says remembered. `to_lan` stands at the egress and gives the replies of
// remembered connections the service's address as source. Everything else passes.

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <stddef.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define GENEVE_PORT 6081
#define WORLD_ID 2
/* Cilium at IANA; the critical bit and 1; in words of four bytes. */
#define DSR_OPTION_CLASS 0x014B
#define DSR_OPTION_TYPE 0x81
#define DSR_OPTION_WORDS 2
#define TABLE_SIZE 16381

/* Flags of struct config. The first is a behaviour of some versions, the others are faults: see faults.ts. */
#define OPTION_ON_NEW_BACKEND (1 << 0)
#define FAULT_NO_OPTION (1 << 1)
#define FAULT_WRONG_ADDRESS (1 << 2)
#define FAULT_INNER_SOURCE (1 << 3)
#define FAULT_REPLY_THROUGH_ENTRY (1 << 4)
#define FAULT_ONLY_SYN (1 << 5)
#define FAULT_ONLY_SYN_ACK (1 << 6)
#define FAULT_TCP_FROM_POD (1 << 7)
#define FAULT_OTHER_BACKEND (1 << 8)
#define FAULT_TOO_BIG_SILENT (1 << 9)

/* Addresses and ports are in network order throughout. Layouts are those of layout.ts. */
struct config {
	__be32 node;
	__u32 ifindex;
	__u32 mtu;
	__u32 flags;
};

struct frontend {
	__be32 address;
	__be16 port;
	__u8 protocol;
	__u8 pad;
};

#define SERVICE_AFFINITY 1
#define SERVICE_RANDOM 2
struct service {
	__u32 table;
	__u32 flags;
};

struct backend {
	__be32 address;
	__be16 port;
	__u16 pad;
	/* The node it runs on, or 0 for this one. */
	__be32 node;
};

struct table {
	__u16 backends[TABLE_SIZE + 1];
};

/* From a client's point of view: its own address first. */
struct connection {
	__be32 client;
	__be32 server;
	__be16 client_port;
	__be16 server_port;
	__u8 protocol;
	__u8 pad[3];
};

struct choice {
	__u32 backend;
	/* The client has said that it is done. */
	__u32 closing;
};

/* What the client of a connection to a pod had addressed. */
struct addressed {
	__be32 address;
	__be16 port;
	__u16 pad;
	/* Where the connection entered, or 0 for this node. */
	__be32 entry;
};

#define MAP(name, kind, key_type, value_type, entries, map_options) \
	struct {                                                    \
		__uint(type, kind);                                 \
		__type(key, key_type);                              \
		__type(value, value_type);                          \
		__uint(max_entries, entries);                       \
		__uint(map_flags, map_options);                     \
	} name SEC(".maps")

MAP(node_config, BPF_MAP_TYPE_ARRAY, __u32, struct config, 1, 0);
MAP(services, BPF_MAP_TYPE_HASH, struct frontend, struct service, 4096, BPF_F_NO_PREALLOC);
MAP(backends, BPF_MAP_TYPE_HASH, __u32, struct backend, 65535, BPF_F_NO_PREALLOC);
MAP(tables, BPF_MAP_TYPE_HASH, __u32, struct table, 1024, BPF_F_NO_PREALLOC);
MAP(connections, BPF_MAP_TYPE_LRU_HASH, struct connection, struct choice, 16384, 0);
MAP(replies, BPF_MAP_TYPE_LRU_HASH, struct connection, struct addressed, 16384, 0);

struct packet {
	struct iphdr ip;
	__be16 source_port;
	__be16 destination_port;
	__u32 l4;
	__u8 syn, ack, end;
};

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

static __always_inline __u32 rotate(__u32 word, __u32 shift)
{
	return (word << shift) | (word >> (32 - shift));
}

/* jhash_3words of the kernel, seeded with the second word of Cilium's default maglev.hashSeed (pkg/maglev). */
static __always_inline __u32 hash_of(__u32 a, __u32 b, __u32 c)
{
	const __u32 seed = 0x71dcda46 + 0xdeadbeef + (3 << 2);

	a += seed;
	b += seed;
	c += seed;
	c ^= b, c -= rotate(b, 14);
	a ^= c, a -= rotate(c, 11);
	b ^= a, b -= rotate(a, 25);
	c ^= b, c -= rotate(b, 16);
	a ^= c, a -= rotate(c, 4);
	b ^= a, b -= rotate(a, 14);
	c ^= b, c -= rotate(b, 24);
	return c;
}

/* A service's address is left out, so that a client has one backend whatever address of a service it uses. */
static __always_inline __u32 slot_of(const struct packet *packet, const struct service *service)
{
	const __u32 client_port = service->flags & SERVICE_AFFINITY ? 0 : packet->source_port;

	if (service->flags & SERVICE_RANDOM && !(service->flags & SERVICE_AFFINITY))
		return bpf_get_prandom_u32();
	return hash_of(packet->ip.saddr, (__u32)packet->destination_port << 16 | client_port, packet->ip.protocol);
}

static __always_inline __u32 look_up(const struct service *service, __u32 slot)
{
	const __u32 number = service->table;
	const struct table *table = bpf_map_lookup_elem(&tables, &number);

	slot %= TABLE_SIZE;
	/* The compiler knows the bound and leaves the check out; the verifier needs it. */
	asm volatile("" : "+r"(slot));
	if (!table || slot >= TABLE_SIZE)
		return 0;
	return table->backends[slot];
}

/* The Internet checksum (RFC 1071) of a header. */
static __always_inline __u16 checksum(void *from, __u32 length)
{
	__u64 sum = bpf_csum_diff(0, 0, from, length, 0);

	sum = (sum & 0xffff) + (sum >> 16);
	return ~((sum & 0xffff) + (sum >> 16));
}

/* Tells the client that its packet does not fit (RFC 1191), in the service's name. */
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
	outer.ip.saddr = config->node;
	outer.ip.daddr = node;
	outer.ip.check = checksum(&outer.ip, sizeof(outer.ip));
	outer.udp.source = bpf_htons(32768 | (hash & 0x3fff));
	outer.udp.dest = bpf_htons(GENEVE_PORT);
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

static __always_inline int serve(struct __sk_buff *skb, const struct config *config, struct packet *packet,
				 const struct service *service)
{
	struct connection key = connection_of(packet);
	struct choice *known = bpf_map_lookup_elem(&connections, &key);
	struct choice choice = { .closing = packet->end };
	struct dsr_option option = {
		.option_class = bpf_htons(DSR_OPTION_CLASS),
		.type = DSR_OPTION_TYPE,
		.words = DSR_OPTION_WORDS,
		.address = packet->ip.daddr,
		.port = packet->destination_port,
	};
	struct addressed addressed = { .address = packet->ip.daddr, .port = packet->destination_port };
	const __u32 hash = slot_of(packet, service);
	const struct backend *backend = 0;
	__u32 length = bpf_ntohs(packet->ip.tot_len) + sizeof(struct outer) + ETH_HLEN;
	int with_option;

	/* A connection keeps its backend while that is there; a port that is used again is a new connection. */
	if (known && !(packet->syn && known->closing)) {
		choice.backend = known->backend;
		backend = bpf_map_lookup_elem(&backends, &choice.backend);
	}
	with_option = packet->ip.protocol == IPPROTO_UDP || packet->syn;
	if (!backend) {
		choice.backend = look_up(service, hash);
		if (config->flags & FAULT_OTHER_BACKEND && !with_option) {
			__u32 other = choice.backend;
#pragma unroll
			for (int i = 1; i < 8; i++)
				if (other == choice.backend)
					other = look_up(service, hash + i);
			choice.backend = other;
		}
		backend = bpf_map_lookup_elem(&backends, &choice.backend);
		if (!backend)
			return TC_ACT_OK;
		if (config->flags & OPTION_ON_NEW_BACKEND)
			with_option = 1;
	}
	bpf_map_update_elem(&connections, &key, &choice, BPF_ANY);
	key.server = backend->address;
	key.server_port = backend->port;
	if (backend->node == 0) {
		bpf_map_update_elem(&replies, &key, &addressed, BPF_ANY);
		return translate_destination(skb, packet, backend->address, backend->port) < 0 ? TC_ACT_SHOT : TC_ACT_OK;
	}

	if (config->flags & FAULT_ONLY_SYN && !with_option)
		return TC_ACT_SHOT;
	if (config->flags & FAULT_NO_OPTION)
		with_option = 0;
	if (config->flags & FAULT_WRONG_ADDRESS)
		option.address ^= bpf_htonl(1);
	if (config->flags & FAULT_REPLY_THROUGH_ENTRY)
		bpf_map_update_elem(&replies, &key, &addressed, BPF_ANY);
	if (with_option)
		length += sizeof(option);
	if (length > config->mtu)
		return config->flags & FAULT_TOO_BIG_SILENT
			       ? TC_ACT_SHOT
			       : too_big(skb, packet, config->mtu - (length - bpf_ntohs(packet->ip.tot_len)));
	if (translate_destination(skb, packet, backend->address, backend->port) < 0)
		return TC_ACT_SHOT;
	if (config->flags & FAULT_INNER_SOURCE && translate_source(skb, packet, config->node, packet->source_port) < 0)
		return TC_ACT_SHOT;
	return encapsulate(skb, config, backend->node, hash, with_option ? &option : 0);
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

SEC("classifier")
int from_lan(struct __sk_buff *skb)
{
	const __u32 zero = 0;
	const struct config *config = bpf_map_lookup_elem(&node_config, &zero);
	struct packet packet;
	struct frontend frontend = {};
	struct service *service;

	if (!config || skb->protocol != bpf_htons(ETH_P_IP) || !parse(skb, ETH_HLEN, &packet))
		return TC_ACT_OK;
	if (packet.ip.protocol == IPPROTO_UDP && packet.ip.daddr == config->node &&
	    packet.destination_port == bpf_htons(GENEVE_PORT))
		return unpack(skb, &packet);
	frontend.address = packet.ip.daddr;
	frontend.port = packet.destination_port;
	frontend.protocol = packet.ip.protocol;
	service = bpf_map_lookup_elem(&services, &frontend);
	if (service)
		return serve(skb, config, &packet, service);
	/* Who speaks to a pod itself does not want to hear a service's address. */
	if (packet.syn && !packet.ack) {
		struct connection key = connection_of(&packet);
		bpf_map_delete_elem(&replies, &key);
	}
	return TC_ACT_OK;
}

SEC("classifier")
int to_lan(struct __sk_buff *skb)
{
	const __u32 zero = 0;
	const struct config *config = bpf_map_lookup_elem(&node_config, &zero);
	struct packet packet;
	struct connection key;
	const struct addressed *addressed;

	if (!config || skb->protocol != bpf_htons(ETH_P_IP) || !parse(skb, ETH_HLEN, &packet))
		return TC_ACT_OK;
	key = (struct connection){
		.client = packet.ip.daddr,
		.server = packet.ip.saddr,
		.client_port = packet.destination_port,
		.server_port = packet.source_port,
		.protocol = packet.ip.protocol,
	};
	addressed = bpf_map_lookup_elem(&replies, &key);
	if (!addressed)
		return TC_ACT_OK;
	if (addressed->entry != 0) {
		if (config->flags & FAULT_REPLY_THROUGH_ENTRY)
			return encapsulate(skb, config, addressed->entry, packet.destination_port, 0);
		if (config->flags & FAULT_TCP_FROM_POD && packet.ip.protocol == IPPROTO_TCP)
			return TC_ACT_OK;
		if (config->flags & FAULT_ONLY_SYN_ACK && !packet.syn)
			return translate_source(skb, &packet, config->node, packet.source_port) < 0 ? TC_ACT_SHOT : TC_ACT_OK;
	}
	return translate_source(skb, &packet, addressed->address, addressed->port) < 0 ? TC_ACT_SHOT : TC_ACT_OK;
}

char _license[] SEC("license") = "Apache-2.0";
