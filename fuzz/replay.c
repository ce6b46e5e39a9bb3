/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * replay - run a fuzz target on files, in place of libFuzzer
 *
 *	fuzz_TARGET FILE...		TAP: one line for each file that the target survived
 */
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"

static void run(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data;
	long size;

	if (!f || fseek(f, 0, SEEK_END) || (size = ftell(f)) < 0 || fseek(f, 0, SEEK_SET)) {
		perror(path);
		exit(99);
	}
	/* Exactly as long as the input: what reads past its end is caught. */
	data = malloc(size ? (size_t)size : 1);
	if (!data || fread(data, 1, (size_t)size, f) != (size_t)size) {
		perror(path);
		exit(99);
	}
	fclose(f);
	LLVMFuzzerTestOneInput(data, (size_t)size);
	free(data);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		run(argv[i]);
		printf("ok %d - %s\n", i, argv[i]);
		fflush(stdout);
	}
	printf("1..%d\n", argc - 1);
	return 0;
}
