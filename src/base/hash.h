/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hash - FNV-1a, 64 bits: short names for things that nobody forges
 */
#ifndef PGCONS_HASH_H
#define PGCONS_HASH_H

#include <stddef.h>
#include <stdint.h>

#include <string.h>

#define HASH_INIT 0xcbf29ce484222325ULL
#define HASH_PRIME 0x100000001b3ULL

static inline uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t n)
{
	const unsigned char *at = bytes;

	while (n--)
		hash = (hash ^ *at++) * HASH_PRIME;
	return hash;
}

/*
 * The same idea for much memory, several times as fast: eight bytes a step, four steps at once.
 * Another value than hash_bytes() gives, and another on a machine of other endianness.
 */
static inline uint64_t hash_memory(uint64_t hash, const void *bytes, size_t n)
{
	const uint64_t odd = 0x9e3779b97f4a7c15ULL;	/* 2^64 by the golden ratio */
	uint64_t lanes[4] = { hash, hash ^ odd, hash + odd, ~hash }, words[4];
	const unsigned char *at = bytes;

	for (; n >= sizeof(words); n -= sizeof(words), at += sizeof(words)) {
		memcpy(words, at, sizeof(words));
		for (int i = 0; i < 4; i++) {
			lanes[i] = (lanes[i] ^ words[i]) * odd;
			/* What the upper bits know, the lower ones shall know as well. */
			lanes[i] ^= lanes[i] >> 29;
		}
	}
	for (int i = 0; i < 4; i++)
		hash = (hash ^ lanes[i]) * odd;
	return hash_bytes(hash ^ hash >> 32, at, n);
}

#endif
