/* ARP and DHCP lists, NAT logs, words: forms.h. */
#include "base/address.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "sheet/forms.h"
#include "sheet/lines.h"

#include <stdio.h>
#include <string.h>

static int nothing_found(const struct kh_sheet *sheet)
{
	return sheet->rows.n ? 0 : kh_fail(KH_E_SYNTAX, "no line of the file has the form of such a list");
}

/* ---- neighbours ---- */

struct neighbour {
	char mac[18];
	const char *address, *host, *network;
};

/* "192.0.2.7" of "(192.0.2.7)", "192.0.2.7,". */
static const char *address_in(char *word)
{
	if (*word == '(')
		word++;
	size_t n = strlen(word);
	while (n && strchr("),;", word[n - 1]))
		word[--n] = '\0';
	return kh_is_ip(word) ? word : NULL;
}

/* `arp -a`: "may-01 (192.0.2.7) at aa:… [ether] on eth0"; `ip neigh`: "192.0.2.7 dev eth0 lladdr aa:… REACHABLE"; dnsmasq: "1700000000 aa:… 192.0.2.7 may-01 *"; Windows:
 * "192.0.2.7  aa-bb-…  dynamic"; a table in any order. */
static bool read_neighbour(struct kh_line *line, struct neighbour *ret)
{
	*ret = (struct neighbour){.network = kh_line_after(line, "dev")};
	if (!ret->network)
		ret->network = kh_line_after(line, "on");
	bool found = false, leases = line->n == 5 && line->words[0][strspn(line->words[0], "0123456789")] == '\0';
	if (leases && !kh_streq(line->words[3], "*"))
		ret->host = line->words[3];
	for (size_t i = 0; i < line->n; i++) {
		char *word = line->words[i];
		const char *address = address_in(word);
		if (!ret->address && address)
			ret->address = address;
		else if (!found)
			found = kh_mac_parse(word, ret->mac);
	}
	if (kh_line_after(line, "at") && line->n > 1 && !kh_streq(line->words[0], "?") && !kh_is_ip(line->words[0]))
		ret->host = line->words[0];
	return found;
}

static int put_neighbour(struct kh_sheet *sheet, uint32_t number, const struct neighbour *n)
{
	const char *cells[KH_NEIGHBOUR_COLUMNS] = {n->mac, n->address, n->host, n->network};
	return kh_line_put(sheet, number, cells, KH_NEIGHBOUR_COLUMNS);
}

/* lease 192.0.2.7 {  hardware ethernet aa:…;  client-hostname "may-01";  } */
static int parse_leases(const char *text, size_t n, struct kh_line *line, struct kh_sheet *sheet)
{
	char address[64] = "", host[256] = "";
	struct neighbour found = {0};
	size_t at = 0;
	int r = 0;
	while (r == 0 && kh_line_next(text, n, &at, KH_LINE_CELLS, line)) {
		const char *value = line->n ? line->words[line->n - 1] : "";
		if (line->n >= 3 && kh_streq(line->words[0], "lease") && kh_is_ip(line->words[1])) {
			found.mac[0] = host[0] = '\0';
			snprintf(address, sizeof address, "%s", line->words[1]);
		} else if (line->n == 3 && kh_streq(line->words[0], "hardware") && !kh_mac_parse(value, found.mac)) {
			found.mac[0] = '\0';
		} else if (line->n >= 2 && kh_streq(line->words[0], "client-hostname")) {
			snprintf(host, sizeof host, "%s", value);
		} else if (line->n == 1 && kh_streq(line->words[0], "}") && found.mac[0]) {
			found.address = address;
			found.host = host;
			r = put_neighbour(sheet, line->number, &found);
			found.mac[0] = '\0';
		}
	}
	return r;
}

int kh_neighbours_parse(const void *bytes, size_t n, struct kh_sheet *ret)
{
	kh_auto_sheet struct kh_sheet sheet = {0};
	kh_auto_free struct kh_line *line = kh_alloc(sizeof *line);
	size_t at = 0;
	bool leases = n >= 6 && memmem(bytes, n, "lease ", 6) && memmem(bytes, n, "hardware ethernet", 17);
	int r = leases ? parse_leases(bytes, n, line, &sheet) : 0;
	while (r == 0 && !leases && kh_line_next(bytes, n, &at, KH_LINE_CELLS, line)) {
		struct neighbour found;
		if (read_neighbour(line, &found))
			r = put_neighbour(&sheet, line->number, &found);
	}
	r = r < 0 ? r : nothing_found(&sheet);
	if (r == 0) {
		*ret = sheet;
		sheet = (struct kh_sheet){0};
	}
	return r;
}

/* ---- translations of addresses ---- */

/* "203.0.113.7:40000" or an address alone. */
static bool split_port(const char *word, char address[64], char port[8])
{
	const char *colon = strrchr(word, ':');
	size_t n = colon && strchr(word, ':') == colon ? (size_t)(colon - word) : strlen(word);
	int64_t number = 0;
	if (n >= 64)
		return false;
	memcpy(address, word, n);
	address[n] = '\0';
	*port = '\0';
	if (!kh_is_ip(address) || (word[n] && !kh_parse_int(word + n + 1, 0, 65535, &number)))
		return false;
	if (word[n])
		snprintf(port, 8, "%s", word + n + 1);
	return true;
}

struct translation {
	char inside[64], outside[64], port[8];
};

static const char *value_of(const struct kh_line *line, const char *const *names)
{
	for (; *names; names++) {
		const char *value = kh_line_value(line, *names);
		if (value)
			return value;
	}
	return NULL;
}

/* conntrack: src= of the first direction, dst= and dport= of the answer; firewalls by syslog: src= and the translated one under one of its names. */
static bool read_pairs(const struct kh_line *line, struct translation *ret)
{
	static const char *const inside[] = {"src=", "srcip=", "SRC=", "inside=", NULL}, *const outside[] = {"xsrc=", "transip=", "natsrc=", "nat_src=", "outside=", NULL},
				 *const ports[] = {"xsport=", "transport=", "natsport=", "nat_sport=", "outside_port=", NULL};
	const char *from = value_of(line, inside), *to = value_of(line, outside), *port = value_of(line, ports);
	const char *last_dst = NULL, *last_dport = NULL;
	int directions = 0;
	for (size_t i = 0; i < line->n; i++) {
		directions += kh_starts_with(line->words[i], "src=");
		if (directions == 2 && kh_starts_with(line->words[i], "dst="))
			last_dst = line->words[i] + 4;
		if (directions == 2 && kh_starts_with(line->words[i], "dport="))
			last_dport = line->words[i] + 6;
	}
	to = to ? to : last_dst;
	port = port ? port : last_dport;
	if (!from || !to || !kh_is_ip(from) || !kh_is_ip(to))
		return false;
	snprintf(ret->inside, sizeof ret->inside, "%s", from);
	snprintf(ret->outside, sizeof ret->outside, "%s", to);
	snprintf(ret->port, sizeof ret->port, "%s", port && strlen(port) < sizeof ret->port ? port : "");
	return true;
}

/* The first two addresses of the line, with an arrow or in two cells; a number in the cell behind the second is its port. */
static bool read_two(const struct kh_line *line, struct translation *ret)
{
	char port[8];
	size_t i = 0;
	int64_t number = 0;
	while (i < line->n && !split_port(line->words[i], ret->inside, port))
		i++;
	for (i++; i < line->n && !split_port(line->words[i], ret->outside, ret->port);)
		i++;
	if (i >= line->n)
		return false;
	if (!*ret->port && i + 1 < line->n && kh_parse_int(line->words[i + 1], 0, 65535, &number))
		snprintf(ret->port, sizeof ret->port, "%s", line->words[i + 1]);
	return true;
}

/* What stands in front of the first address or pair: a time, if anything. */
static char *time_of(const struct kh_line *line)
{
	const char *first = line->n ? line->words[0] : "";
	if (line->n > 1 && strlen(first) == 10 && strchr(first, '-') && strchr(line->words[1], ':') && !kh_is_ip(line->words[1]))
		return kh_format("%s %s", first, line->words[1]);
	return kh_strdup(strlen(first) >= 10 && (*first == '2' || *first == '1' || *first == '[') && !strchr(first, '=') ? first : "");
}

int kh_nat_parse(const void *bytes, size_t n, struct kh_sheet *ret)
{
	kh_auto_sheet struct kh_sheet sheet = {0};
	kh_auto_free struct kh_line *line = kh_alloc(sizeof *line);
	size_t at = 0;
	int r = 0;
	while (r == 0 && kh_line_next(bytes, n, &at, KH_LINE_CELLS, line)) {
		struct translation t = {0};
		if (!read_pairs(line, &t) && !read_two(line, &t))
			continue;
		kh_auto_free char *time = time_of(line);
		const char *cells[KH_NAT_COLUMNS] = {time, t.inside, t.outside, t.port};
		r = kh_line_put(&sheet, line->number, cells, KH_NAT_COLUMNS);
	}
	r = r < 0 ? r : nothing_found(&sheet);
	if (r == 0) {
		*ret = sheet;
		sheet = (struct kh_sheet){0};
	}
	return r;
}

/* ---- words ---- */

static size_t widest(const struct kh_sheet *sheet)
{
	size_t n = 0;
	kh_array_each(&sheet->rows, row)
		n = KH_MAX(n, row->n);
	return n;
}

int kh_words_parse(const void *bytes, size_t n, struct kh_sheet *ret)
{
	kh_auto_sheet struct kh_sheet sheet = {0}, table = {0};
	kh_auto_free struct kh_line *line = kh_alloc(sizeof *line);
	size_t at = 0;
	int r = kh_sheet_parse(bytes, n, &table);
	if (r == 0 && widest(&table) > 1) {
		*ret = table;
		table = (struct kh_sheet){0};
		return 0;
	}
	while (r == 0 && kh_line_next(bytes, n, &at, KH_LINE_BLANKS, line))
		r = kh_line_put(&sheet, line->number, (const char *const *)line->words, KH_MIN(line->n, (size_t)KH_SHEET_MAX_COLUMNS));
	if (r == 0) {
		*ret = sheet;
		sheet = (struct kh_sheet){0};
	}
	return r;
}
