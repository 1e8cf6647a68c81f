#include "base/error.h"
#include "base/str.h"
#include "base/test.h"
#include "sheet/forms.h"

static const char *const iptables =
	"*filter\n:INPUT DROP [1:2]\n"
	"[5000:1] -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n"
	"[12:720] -A INPUT -s 10.0.0.0/8 -p tcp -m tcp --dport 22 -m comment --comment \"quản trị, hết hạn 31/12/2026\" -j ACCEPT\n"
	"[0:0] -A INPUT ! -s 192.0.2.0/24 -p udp -m multiport --dports 53,123 -j DROP\n"
	"-A FORWARD -s 0.0.0.0/0 -j ACCEPT\n-A FORWARD -i eth0 -o eth1 -j khach\nCOMMIT\n";
static const char *const nft =
	"table inet filter {\n\tchain input {\n\t\ttype filter hook input priority filter; policy drop;\n\t\tct state established,related accept\n"
	"\t\tip saddr 10.0.0.0/8 tcp dport { 22, 443 } counter packets 12 bytes 720 accept comment \"hết hạn 2020-12-31\"\n\t\tcounter packets 7 bytes 300 accept\n\t}\n}\n";
static const char *const table = "STT;Hành động;Nguồn;Đích;Dịch vụ;Số lần khớp;Hết hạn\n1;Allow;any;Tất cả;*;90;\n2;deny;10.0.0.0/8;192.0.2.7;tcp/23;0;2020-01-01\n";

/* What each row must read, "place|action|source|target|service|hits|expires". */
static void expect_rules(const char *text, const char *const *rows)
{
	kh_auto_sheet struct kh_sheet sheet = {0};
	assert_int_equal(kh_firewall_parse(text, strlen(text), &sheet), 0);
	kh_array_each(&sheet.rows, row) {
		const char *cells[KH_FIREWALL_COLUMNS];
		for (size_t i = 0; i < KH_FIREWALL_COLUMNS; i++)
			cells[i] = kh_sheet_cell(row, i);
		kh_auto_free char *got = kh_format("%s|%s|%s|%s|%s|%s|%s", cells[KH_FIREWALL_PLACE], cells[KH_FIREWALL_ACTION], cells[KH_FIREWALL_SOURCE], cells[KH_FIREWALL_TARGET],
						   cells[KH_FIREWALL_SERVICE], cells[KH_FIREWALL_HITS], cells[KH_FIREWALL_EXPIRES]);
		assert_non_null(*rows);
		assert_string_equal(got, *rows++);
	}
	assert_null(*rows);
}

static void test_rules(void **state)
{
	(void)state;
	expect_rules(iptables, (const char *const[]){"filter/INPUT 1|accept|||state RELATED,ESTABLISHED|5000|", "filter/INPUT 2|accept|10.0.0.0/8||tcp/22|12|2026-12-31",
						     "filter/INPUT 3|drop|!192.0.2.0/24||udp/53,123|0|", "filter/FORWARD 1|accept|||||",
						     "filter/FORWARD 2|jump khach|iif eth0|oif eth1|||", NULL});
	expect_rules(nft, (const char *const[]){"inet filter/input 1|accept|||state established||", "inet filter/input 2|accept|10.0.0.0/8||tcp/22,443|12|2020-12-31",
						"inet filter/input 3|accept||||7|", NULL});
	expect_rules(table, (const char *const[]){"1|accept||||90|", "2|drop|10.0.0.0/8|192.0.2.7|tcp/23|0|2020-01-01", NULL});
}

/* Counters and the place are no part of what a rule is known by. */
static void test_known_again(void **state)
{
	static const char *const texts[][2] = {
		{"*filter\n[5:1] -A INPUT -p tcp -j DROP\nCOMMIT\n", "-A INPUT -p tcp -j DROP"},
		{"table ip t {\n chain c {\n  tcp dport 80 counter packets 12 bytes 720 drop\n }\n}\n", "tcp dport 80 counter drop"},
		{"action,source\ndrop,10.0.0.1\n", "drop 10.0.0.1  "},
	};
	(void)state;
	for (size_t i = 0; i < KH_COUNT(texts); i++) {
		kh_auto_sheet struct kh_sheet sheet = {0};
		assert_int_equal(kh_firewall_parse(texts[i][0], strlen(texts[i][0]), &sheet), 0);
		assert_string_equal(kh_sheet_cell(&sheet.rows.v[0], KH_FIREWALL_TEXT), texts[i][1]);
	}
}

static void test_no_rules(void **state)
{
	static const char *const bad[] = {"hello\n", "a,b\n1,2\n"};
	(void)state;
	for (size_t i = 0; i < KH_COUNT(bad); i++) {
		kh_auto_sheet struct kh_sheet sheet = {0};
		assert_int_equal(kh_firewall_parse(bad[i], strlen(bad[i]), &sheet), KH_E_SYNTAX);
	}
}

static void expect_neighbour(const char *text, const char *expected)
{
	kh_auto_sheet struct kh_sheet sheet = {0};
	assert_int_equal(kh_neighbours_parse(text, strlen(text), &sheet), 0);
	assert_int_equal(sheet.rows.n, 1);
	const struct kh_sheet_row *row = &sheet.rows.v[0];
	kh_auto_free char *got = kh_format("%s|%s|%s|%s", kh_sheet_cell(row, 0), kh_sheet_cell(row, 1), kh_sheet_cell(row, 2), kh_sheet_cell(row, 3));
	assert_string_equal(got, expected);
}

static void test_neighbours(void **state)
{
	(void)state;
	expect_neighbour("192.0.2.7 dev eth0 lladdr 02:6b:00:00:00:01 REACHABLE\n192.0.2.8 dev eth0  FAILED\n", "02:6b:00:00:00:01|192.0.2.7||eth0");
	expect_neighbour("may-02 (192.0.2.9) at 02:6B:00:00:00:02 [ether] on eth1\n", "02:6b:00:00:00:02|192.0.2.9|may-02|eth1");
	expect_neighbour("? (192.0.2.9) at 2:6b:0:0:0:2 on en0 ifscope [ethernet]\n", "02:6b:00:00:00:02|192.0.2.9||en0");
	expect_neighbour("  192.0.2.10   02-6b-00-00-00-03   dynamic\n", "02:6b:00:00:00:03|192.0.2.10||");
	expect_neighbour("1795000000 02:6b:00:00:00:04 192.0.2.11 may-04 01:02\n", "02:6b:00:00:00:04|192.0.2.11|may-04|");
	expect_neighbour("MAC,IP\n026b.0000.0005,192.0.2.12\n", "02:6b:00:00:00:05|192.0.2.12||");
	expect_neighbour("lease 192.0.2.20 {\n  hardware ethernet 02:6b:00:00:00:20;\n  client-hostname \"may-20\";\n}\n", "02:6b:00:00:00:20|192.0.2.20|may-20|");
	kh_auto_sheet struct kh_sheet sheet = {0};
	assert_int_equal(kh_neighbours_parse("ff:ff:ff:ff:ff:ff\n00:00:00:00:00:00\n1:2:3\n", 42, &sheet), KH_E_SYNTAX);
}

static void expect_nat(const char *text, const char *expected)
{
	kh_auto_sheet struct kh_sheet sheet = {0};
	assert_int_equal(kh_nat_parse(text, strlen(text), &sheet), 0);
	assert_int_equal(sheet.rows.n, 1);
	const struct kh_sheet_row *row = &sheet.rows.v[0];
	kh_auto_free char *got = kh_format("%s|%s|%s", kh_sheet_cell(row, KH_NAT_INSIDE), kh_sheet_cell(row, KH_NAT_OUTSIDE), kh_sheet_cell(row, KH_NAT_PORT));
	assert_string_equal(got, expected);
}

static void test_nat(void **state)
{
	(void)state;
	expect_nat("[1795000000.1] [NEW] tcp 6 120 SYN_SENT src=10.0.0.5 dst=198.51.100.9 sport=5000 dport=443 [UNREPLIED] src=198.51.100.9 dst=203.0.113.7 sport=443 dport=40000\n",
		   "10.0.0.5|203.0.113.7|40000");
	expect_nat("2026-11-20T08:00:00 fw nat: srcip=10.0.0.6 transip=203.0.113.7 transport=40001\n", "10.0.0.6|203.0.113.7|40001");
	expect_nat("2026-11-20 08:00:05,10.0.0.7,203.0.113.7:40002\n", "10.0.0.7|203.0.113.7|40002");
	expect_nat("10.0.0.8:1234 -> 203.0.113.7:40003\n", "10.0.0.8|203.0.113.7|40003");
}

/* The whole way, through the sandboxed worker. */
static void test_worker(void **state)
{
	kh_auto_sheet struct kh_sheet rules = {0}, words = {0}, none = {0};
	(void)state;
	assert_int_equal(kh_sheet_read_form(KH_SHEET_FIREWALL, iptables, strlen(iptables), TEST_WORKER, &rules), 0);
	assert_int_equal(rules.rows.n, 5);
	assert_int_equal(kh_sheet_read_form(KH_SHEET_WORDS, "1 203.0.113.7 bot\n", 18, TEST_WORKER, &words), 0);
	assert_string_equal(kh_sheet_cell(&words.rows.v[0], 1), "203.0.113.7");
	assert_int_equal(kh_sheet_read_form(KH_SHEET_NAT, "nothing\n", 8, TEST_WORKER, &none), KH_E_SYNTAX);
}

/* Two lines of two points: red and nothing, half of something dark and white. */
static const uint8_t picture[] = {
	0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x02, 0x08,
	0x06, 0x00, 0x00, 0x00, 0x72, 0xb6, 0x0d, 0x24, 0x00, 0x00, 0x00, 0x14, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0xf8, 0xcf, 0xc0, 0x00, 0x44, 0x20,
	0xc0, 0xc8, 0xd4, 0xf0, 0x1f, 0x08, 0x00, 0x2b, 0x7c, 0x06, 0x7e, 0x7a, 0x74, 0x71, 0x1f, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42,
	0x60, 0x82
};

static void test_pictures(void **state)
{
	kh_auto_sheet struct kh_sheet sheet = {0};
	(void)state;
	assert_int_equal(kh_sheet_read_form(KH_SHEET_PICTURE, picture, sizeof picture, TEST_WORKER, &sheet), 0);
	assert_int_equal(sheet.rows.n, 2);
	assert_string_equal(kh_sheet_cell(&sheet.rows.v[0], 0), "ff0000ff00000000");
	assert_string_equal(kh_sheet_cell(&sheet.rows.v[1], 0), "00010280ffffffff");
}

/* Cut anywhere, or with a byte changed: refused, and never half a picture. */
static void test_broken_pictures(void **state)
{
	(void)state;
	for (size_t n = 0; n + 12 < sizeof picture; n++) {
		kh_auto_sheet struct kh_sheet sheet = {0};
		assert_int_equal(kh_sheet_parse_form(KH_SHEET_PICTURE, picture, n, &sheet), KH_E_SYNTAX);
		assert_int_equal(sheet.rows.n, 0);
	}
	uint8_t wide[sizeof picture];
	kh_auto_sheet struct kh_sheet sheet = {0};
	memcpy(wide, picture, sizeof wide);
	wide[17] = 1; /* 65,538 points, and a sum that is no longer right */
	assert_int_not_equal(kh_sheet_parse_form(KH_SHEET_PICTURE, wide, sizeof wide, &sheet), 0);
}

KH_TESTS(test_pictures, test_broken_pictures, test_rules, test_known_again, test_no_rules, test_neighbours, test_nat, test_worker)
