/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A second unit: the definitions that types.c only declares, and a main. */
struct inner {
	short pad;
	int val;
};

/* Another struct of a name that types.c has too. */
struct outer {
	int only_here;
};

int not_here[9] = { 1 };
struct inner table2[5] = { { 1, 1 } };
__attribute__((used)) static struct outer elsewhere = { 1 };
/* A local symbol that types.c has, too. */
__attribute__((used)) static int twice = 2;

int main(void)
{
	return 0;
}
