// Geneve without a Geneve device: direct server return with Geneve dispatch, and tunnels between nodes. As Cilium's datapath does it (bpf/lib/nodeport.h, bpf/lib/tunnel.h,
// bpf/lib/lb.h, bpf/lib/encap.h); headers are put on and taken off here. Compiled by lab/setup/bpf.sh.
//
// `from_lan` stands at the ingress of a node's interfaces. A packet for a service's address gets a backend: on this
// node its destination is rewritten and the stack delivers it; elsewhere it goes there inside Geneve, its source
// untouched, and its SYN (any packet, with UDP) tells in an option which service was addressed. A packet in Geneve for
// this node is unpacked, and what its option says remembered. `to_lan` stands at the egress and gives the replies of
// remembered connections the service's address as source. Everything else passes. `to_tunnel` stands at the egress of
// what is in a Geneve device's place, and sends what is routed there to the node that has the pod.

#include "choice.h"
#include "geneve.h"

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
		choice.closing |= known->closing;
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
	if (config->flags & FAULT_UDP_OPTION_ONCE && packet->ip.protocol == IPPROTO_UDP && known)
		with_option = 0;
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
	    packet.destination_port == geneve_port(config))
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
		if (config->flags & FAULT_UDP_FROM_POD && packet.ip.protocol == IPPROTO_UDP)
			return TC_ACT_OK;
		if (config->flags & FAULT_TCP_FROM_POD && packet.ip.protocol == IPPROTO_TCP)
			return TC_ACT_OK;
		if (config->flags & FAULT_ONLY_SYN_ACK && !packet.syn)
			return translate_source(skb, &packet, config->node, packet.source_port) < 0 ? TC_ACT_SHOT : TC_ACT_OK;
	}
	return translate_source(skb, &packet, addressed->address, addressed->port) < 0 ? TC_ACT_SHOT : TC_ACT_OK;
}

SEC("classifier")
int to_tunnel(struct __sk_buff *skb)
{
	const __u32 zero = 0;
	const struct config *config = bpf_map_lookup_elem(&node_config, &zero);
	struct pod_network network = { .length = 32 };
	struct dsr_option option = {
		.option_class = bpf_htons(DSR_OPTION_CLASS),
		.type = DSR_OPTION_TYPE,
		.words = DSR_OPTION_WORDS,
	};
	struct iphdr ip;
	const __be32 *node;

	if (!config || skb->protocol != bpf_htons(ETH_P_IP) || bpf_skb_load_bytes(skb, ETH_HLEN, &ip, sizeof(ip)) < 0)
		return TC_ACT_SHOT;
	network.address = ip.daddr;
	node = bpf_map_lookup_elem(&tunnels, &network);
	if (!node)
		return TC_ACT_SHOT;
	return encapsulate(skb, config, *node, bpf_get_hash_recalc(skb),
			   config->flags & FAULT_ALWAYS_OPTION && skb->len < 1000 ? &option : 0);
}

char _license[] SEC("license") = "Apache-2.0";
