/* Which backend a connection gets: bpf/lib/lb.h and bpf/lib/hash.h of Cilium. */
#pragma once

#include "packet.h"

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
