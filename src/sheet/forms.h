/* Lists that programs print: read in the worker as tables with fixed columns, so that the server sees cells and never the text. Lines that are none of the form are passed
 * over, but a text in which no line is one is KH_E_SYNTAX. */
#pragma once

#include "sheet/sheet.h"

/* Of `iptables-save` (also -c), `nft list ruleset` or a table whose titles are the names below in either language. `place`: "filter/INPUT 3"; `expires`: a date that the
 * comment names ("hết hạn 2026-12-31", "expires 31/12/2026", "until …"). Empty source, target, service: any. */
enum kh_firewall_column {
	KH_FIREWALL_PLACE,
	KH_FIREWALL_ACTION, /* accept, drop, reject, return, log, jump NAME… */
	KH_FIREWALL_SOURCE, /* networks, "!" in front: all but; and "iif eth0" */
	KH_FIREWALL_TARGET,
	KH_FIREWALL_SERVICE, /* "tcp/443", "tcp/80,443", "udp", "state established,related" */
	KH_FIREWALL_HITS,    /* packets; empty: not counted */
	KH_FIREWALL_EXPIRES, /* 2026-12-31 */
	KH_FIREWALL_PURPOSE, /* the comment */
	KH_FIREWALL_TEXT, /* as written, without counters: a rule is known again by it */
	KH_FIREWALL_COLUMNS,
};
int kh_firewall_parse(const void *bytes, size_t n, struct kh_sheet *ret) KH_MUST_USE;

/* Of `ip neigh`, `arp -a`, dnsmasq.leases, ISC dhcpd.leases, or a table with a column of MAC addresses. */
enum kh_neighbour_column {
	KH_NEIGHBOUR_MAC,     /* lower case with colons */
	KH_NEIGHBOUR_ADDRESS, /* may be empty */
	KH_NEIGHBOUR_HOST,
	KH_NEIGHBOUR_NETWORK, /* the interface it was seen on */
	KH_NEIGHBOUR_COLUMNS,
};
int kh_neighbours_parse(const void *bytes, size_t n, struct kh_sheet *ret) KH_MUST_USE;

/* Of `conntrack -E` or -L lines, NAT logs by syslog (key=value: src= sport= xsrc= …, or "10.0.0.5:1234 -> 203.0.113.7:40000"), or a table. One row a translation. */
enum kh_nat_column {
	KH_NAT_TIME, /* as it stands in the line; may be empty */
	KH_NAT_INSIDE,
	KH_NAT_OUTSIDE,
	KH_NAT_PORT, /* of outside; may be empty */
	KH_NAT_COLUMNS,
};
int kh_nat_parse(const void *bytes, size_t n, struct kh_sheet *ret) KH_MUST_USE;

/* A table as kh_sheet_parse() reads it; a text that is no table of several columns (pasted from a document) is cut at blanks. */
int kh_words_parse(const void *bytes, size_t n, struct kh_sheet *ret) KH_MUST_USE;

/* A PNG picture (a signature, a seal): a row for each line of it, whose only cell has the points from left to right, each as eight hex digits: red, green, blue, opacity. At most
 * KH_PICTURE_MAX_SIDE points a side. KH_E_SYNTAX: no PNG, or a broken one. */
int kh_picture_parse(const void *bytes, size_t n, struct kh_sheet *ret);
