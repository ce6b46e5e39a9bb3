/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hash - FNV-1a, 64 bits: short names for things that nobody forges
 */
#ifndef PGCONS_HASH_H
#define PGCONS_HASH_H

#include <endian.h>
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

/* A number, on hosts of either byte order the same. */
static inline uint64_t hash_number(uint64_t hash, uint64_t number)
{
	number = htole64(number);
	return hash_bytes(hash, &number, sizeof(number));
}

/*
 * For much memory, many times as fast: 64 bytes a step, in eight lanes that any vector unit can go
 * along with. Each step of a lane can be undone, so that a word that differs is not lost. The same
 * on every machine, but another value than hash_bytes() gives.
 */
static inline uint64_t hash_memory(uint64_t hash, const void *bytes, size_t n)
{
	const uint64_t odd = 0x9e3779b97f4a7c15ULL;	/* 2^64 by the golden ratio */
	uint64_t lanes[8], words[8];
	const unsigned char *at = bytes;

	for (unsigned int i = 0; i < 8; i++)
		lanes[i] = hash + i * odd;
	for (; n >= sizeof(words); n -= sizeof(words), at += sizeof(words)) {
		memcpy(words, at, sizeof(words));
		/* One step of xorshift, between two words: Marsaglia's 13 and 7. */
		for (unsigned int i = 0; i < 8; i++) {
			uint64_t lane = lanes[i] ^ le64toh(words[i]);

			lane ^= lane << 13;
			lane ^= lane >> 7;
			lanes[i] = lane + odd;
		}
	}
	for (unsigned int i = 0; i < 8; i++) {
		hash = (hash ^ lanes[i]) * odd;
		hash ^= hash >> 32;
	}
	return hash_bytes(hash, at, n);
}

#endif
