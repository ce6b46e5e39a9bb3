/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every shape of type and variable that check_debuginfo asks for, compiled as it stands; the
 * test includes the types, so that the compiler itself says what the answers are.
 */
enum colour { RED, GREEN = 5, BLUE, AZURE = BLUE, BIG = 0xf0, HUGE_ONE = 0xfffffff0 };
enum signed_one { MINUS = -2, NONE, PLUS = 200 };
enum { ANON_ONE = 7, ANON_TWO = 300 };

struct inner {
	short pad;
	int val;
};

typedef struct {
	long counter;
} counter_t;
typedef const volatile counter_t qualified_t;
typedef int matrix_t[3][4];

struct opaque;

struct outer {
	char first;
	union {
		struct {
			long a;
			union {
				int b;
				struct inner in_anon;
			};
		};
		char raw[40];
	};
	struct inner arr[4];
	matrix_t mat[2];
	const char *const name;
	struct opaque *far;
	qualified_t cnt;
	unsigned int low : 3, : 5, mid : 7;
	enum colour paint;
	_Bool flag;
	struct inner flex[];
};

union either {
	int i;
	struct inner in;
};

struct zero_len {
	long head;
	long none[0];
};

#ifndef TYPES_ONLY
#define KEPT __attribute__((used))

/* A variable may be called as its type. */
KEPT static struct inner inner = { 1, 2 };
KEPT static struct outer whole = { .first = 1, .name = "n" };
KEPT static int twice = 1;
KEPT const char linux_banner[] = "Linux version 6.6.6-test+ (someone@somewhere) #1 SMP\n";
KEPT struct inner table[6] = { { 1, 1 } };
KEPT struct inner *pointer = table;
extern int not_here[];
extern struct inner table2[];
int *use_externs(int i);

/* The size of what is only declared is known to the symbol table alone. */
int *use_externs(int i)
{
	return i ? not_here : &table2[i].val;
}
#endif
