/* What the agent tells the programs, and what they remember. Layouts are those of entries.ts. */
#pragma once

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
#define FAULT_OTHER_PORT (1 << 10)
#define FAULT_ALWAYS_OPTION (1 << 11)
#define FAULT_UDP_OPTION_ONCE (1 << 12)
#define FAULT_UDP_FROM_POD (1 << 13)

/* Addresses and ports are in network order throughout. */
struct config {
	__be32 node;
	/* Outer source of what is sent: the node's address, but for a fault. */
	__be32 source;
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

/* The nodes' PodCIDRs, as the keys of a trie have them. */
struct pod_network {
	__u32 length;
	__be32 address;
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
/* Which node has a pod, in the routing mode `tunnel`. */
MAP(tunnels, BPF_MAP_TYPE_LPM_TRIE, struct pod_network, __be32, 1024, BPF_F_NO_PREALLOC);
MAP(replies, BPF_MAP_TYPE_LRU_HASH, struct connection, struct addressed, 16384, 0);
