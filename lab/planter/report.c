// SPDX-License-Identifier: GPL-2.0
/*
 * The truth, as one line of JSON on the second serial port.
 *
 * The port is driven by hand: inside stop_machine() nobody serves the tty
 * layer's queues, and the host must know the moment the damage stands.
 */
#include <linux/io.h>
#include <linux/pci.h>
#include <linux/utsname.h>
#include <linux/vmalloc.h>

#include "plant.h"

#define UART_COM2	0x2f8
#define UART_DATA	(uart + 0)
#define UART_LINE	(uart + 5)
#define LINE_READY	0x01		/* a byte was received */
#define LINE_EMPTY	0x20		/* room for a byte to send */

#define QEMU_SERIAL	0x0002		/* QEMU's serial port on PCI */

static unsigned long uart = UART_COM2;

/* A machine that is no PC has the port on PCI. */
int uart_find(void)
{
	struct pci_dev *dev;

	if (IS_ENABLED(CONFIG_X86))
		return 0;
	dev = pci_get_device(PCI_VENDOR_ID_REDHAT, QEMU_SERIAL, NULL);
	if (!dev)
		return -ENODEV;
	uart = pci_resource_start(dev, 0);
	pci_dev_put(dev);
	return 0;
}

void uart_puts(const char *s)
{
	for (; *s; s++) {
		while (!(inb(UART_LINE) & LINE_EMPTY))
			cpu_relax();
		outb(*s, UART_DATA);
	}
}

int uart_poll(void)
{
	if (!(inb(UART_LINE) & LINE_READY))
		return -1;
	return inb(UART_DATA);
}

/* Appends to one of the plant's texts; what does not fit fails the plant. */
static __printf(3, 4)
void append(struct plant *p, char *text, const char *fmt, ...)
{
	size_t len = strlen(text);
	va_list args;

	va_start(args, fmt);
	if (vsnprintf(text + len, PLANT_TEXT - len, fmt, args) >=
	    PLANT_TEXT - len)
		p->overflow = true;
	va_end(args);
}

static const char *comma(const char *text)
{
	return *text ? "," : "";
}

void truth_pfn(struct plant *p, unsigned long pfn)
{
	p->pfn = pfn;
	p->has_pfn = true;
}

void truth_expect(struct plant *p, const char *finding, unsigned long pfn)
{
	append(p, p->expect, "%s{\"finding\":\"%s\",\"pfn\":%lu}",
	       comma(p->expect), finding, pfn);
}

/* "a b c" as "a","b","c" */
static void append_words(struct plant *p, char *text, const char *words)
{
	const char *sep = "";

	while (*words) {
		int len = strcspn(words, " ");

		append(p, text, "%s\"%.*s\"", sep, len, words);
		words += len;
		words += strspn(words, " ");
		sep = ",";
	}
}

/* "a b c": a, or else b or c */
static void append_findings(struct plant *p, const char *findings)
{
	int len = strcspn(findings, " ");

	append(p, p->expect, "%s{\"finding\":\"%.*s\",\"or\":[",
	       comma(p->expect), len, findings);
	append_words(p, p->expect, findings + len + strspn(findings + len, " "));
	append(p, p->expect, "]");
}

/*
 * Damage to a link has two ends, and a damaged page may break several rules
 * at once: any finding of the list, at either pfn, tells of it.
 */
void truth_expect_or(struct plant *p, const char *findings, unsigned long pfn,
		     unsigned long near)
{
	append_findings(p, findings);
	append(p, p->expect, ",\"pfn\":%lu", pfn);
	if (near != pfn)
		append(p, p->expect, ",\"near\":[%lu]", near);
	append(p, p->expect, "}");
}

void truth_expect_run(struct plant *p, const char *finding,
		      unsigned long pfn, unsigned long count)
{
	append(p, p->expect,
	       "%s{\"finding\":\"%s\",\"pfn\":%lu,\"count\":%lu}",
	       comma(p->expect), finding, pfn, count);
}

/* Somewhere between the two, and nowhere else. */
void truth_expect_within(struct plant *p, const char *finding,
			 unsigned long first, unsigned long last)
{
	append(p, p->expect,
	       "%s{\"finding\":\"%s\",\"pfn\":%lu,\"span\":%lu}",
	       comma(p->expect), finding, first, last - first + 1);
}

/* Damage to pages in use is told as such: a note is not enough. */
#define NO_NOTE	",\"least\":\"suspect\""

/* Of each page of a run. */
void truth_expect_all(struct plant *p, const char *findings,
		      unsigned long pfn, unsigned long count)
{
	append_findings(p, findings);
	append(p, p->expect, ",\"pfn\":%lu,\"count\":%lu" NO_NOTE "}", pfn,
	       count);
}

/* Of any page of a run. */
void truth_expect_part(struct plant *p, const char *findings,
		       unsigned long pfn, unsigned long span)
{
	append_findings(p, findings);
	append(p, p->expect, ",\"pfn\":%lu,\"span\":%lu" NO_NOTE "}", pfn,
	       span);
}

/* Of one page. */
void truth_expect_told(struct plant *p, const char *findings,
		       unsigned long pfn)
{
	append_findings(p, findings);
	append(p, p->expect, ",\"pfn\":%lu" NO_NOTE "}", pfn);
}

/* Of either end of a link, or of whatever led there before. */
void truth_expect_ends(struct plant *p, const char *findings,
		       unsigned long pfn, unsigned long near,
		       unsigned long before)
{
	append_findings(p, findings);
	append(p, p->expect, ",\"pfn\":%lu,\"near\":[%lu,%lu]" NO_NOTE "}",
	       pfn, near, before);
}

/*
 * Of a run, by a finding, or by a limit of the report that has this text:
 * where nothing can be read there is nothing to judge.
 */
void truth_expect_limit(struct plant *p, const char *findings,
			const char *limit, unsigned long pfn,
			unsigned long span)
{
	append_findings(p, findings);
	append(p, p->expect, ",\"limit\":\"%s\"", limit);
	if (span)
		append(p, p->expect, ",\"pfn\":%lu,\"span\":%lu", pfn, span);
	append(p, p->expect, NO_NOTE "}");
}

void truth_expect_zone(struct plant *p, const char *findings,
		       const struct zone *zone, int order)
{
	append_findings(p, findings);
	append(p, p->expect, ",\"node\":%d,\"zone\":\"%s\"",
	       zone_to_nid((struct zone *)zone), zone->name);
	if (order >= 0)
		append(p, p->expect, ",\"order\":%d", order);
	append(p, p->expect, "}");
}

void truth_expect_any(struct plant *p, const char *finding)
{
	append(p, p->expect, "%s{\"finding\":\"%s\"}", comma(p->expect),
	       finding);
}

void truth_incomplete(struct plant *p, const char *limit)
{
	p->incomplete = limit;
}

void truth_also(struct plant *p, const char *findings)
{
	append(p, p->also, "%s", comma(p->also));
	append_words(p, p->also, findings);
}

void truth_detail(struct plant *p, const char *key, const char *fmt, ...)
{
	char value[128];
	va_list args;

	va_start(args, fmt);
	vsnprintf(value, sizeof(value), fmt, args);
	va_end(args);
	append(p, p->detail, "%s\"%s\":%s", comma(p->detail), key, value);
}

void truth_change(struct plant *p, const void *addr, u64 old, u64 new)
{
	truth_detail(p, "address", "\"0x%lx\"", (unsigned long)addr);
	truth_detail(p, "old", "\"0x%llx\"", old);
	truth_detail(p, "new", "\"0x%llx\"", new);
}

void truth_zone(struct plant *p, const struct zone *zone)
{
	truth_detail(p, "node", "%d", zone_to_nid((struct zone *)zone));
	truth_detail(p, "zone", "\"%s\"", zone->name);
}

/*
 * What was written, by physical address. Host tools check the dump against
 * it, or make the fault in a healthy dump of the same instant.
 */
static void emit_writes(const struct plant *p)
{
	static char text[128];
	unsigned int i;

	uart_puts(",\"writes\":[");
	for (i = 0; i < p->nr_undo && i < PLANT_MAX_TOLD; i++) {
		const struct plant_undo *u = &p->undo[i];
		unsigned long paddr = vmalloc_to_pfn(u->addr) << PAGE_SHIFT;
		u64 new = 0;

		memcpy(&new, u->addr, u->size);
		snprintf(text, sizeof(text),
			 "%s[\"0x%lx\",%u,\"0x%llx\",\"0x%llx\"]",
			 i ? "," : "", paddr + offset_in_page(u->addr),
			 u->size, u->old, new);
		uart_puts(text);
	}
	uart_puts("]");
	if (i < p->nr_undo)
		uart_puts(",\"more_writes\":true");
}

void truth_emit(const struct plant *p)
{
	static char head[256];

	snprintf(head, sizeof(head),
		 "truth {\"fault\":\"%s\",\"seed\":%llu,\"kernel\":\"%s\"",
		 p->fault->name, p->seed, init_utsname()->release);
	uart_puts(head);
	if (p->has_pfn) {
		snprintf(head, sizeof(head), ",\"pfn\":%lu", p->pfn);
		uart_puts(head);
	}
	if (p->incomplete) {
		uart_puts(",\"incomplete\":\"");
		uart_puts(p->incomplete);
		uart_puts("\"");
	}
	uart_puts(",\"expect\":[");
	uart_puts(p->expect);
	uart_puts("],\"also\":[");
	uart_puts(p->also);
	uart_puts("],\"detail\":{");
	uart_puts(p->detail);
	uart_puts("}");
	emit_writes(p);
	uart_puts("}\n");
}
