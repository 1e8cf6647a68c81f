/* os, hardware, disks, usb, hid, bluetooth, interfaces, routes, ports */
#include "base/alloc.h"
#include "facts/os_support.h"
#include "facts/test_tables.h"

static void os(void **state)
{
	(void)state;
	static const struct test_expectation debian[] = {
		{"os", NULL, NULL, "name", "\"Debian GNU/Linux 12 (bookworm)\""}, {"os", NULL, NULL, "family", "\"debian\""},
		{"os", NULL, NULL, "kernel", "\"6.1.0-18-amd64\""},               {"os", NULL, NULL, "hostname", "\"van-thu-01\""},
		{"os", NULL, NULL, "machine_class", "\"workstation\""},           {"os", NULL, NULL, "timezone", "\"Asia/Ho_Chi_Minh\""},
		{"os", NULL, NULL, "support_end_s", "1845997199"},                {"os", NULL, NULL, "arch", "null"},
	};
	static const struct test_expectation ubuntu[] = {
		{"os", NULL, NULL, "distro", "\"ubuntu\""},      {"os", NULL, NULL, "version", "\"20.04\""},       {"os", NULL, NULL, "domain", "\"so.example.vn\""},
		{"os", NULL, NULL, "machine_class", "\"server\""}, {"os", NULL, NULL, "paid_support_end_s", "1903193999"}, {"os", NULL, NULL, "timezone", "\"Asia/Bangkok\""},
	};
	static const struct test_expectation rocky[] = {{"os", NULL, NULL, "family", "\"rhel\""}, {"os", NULL, NULL, "version", "\"9.4\""}};
	test_expect("debian", debian, KH_COUNT(debian));
	test_expect("ubuntu", ubuntu, KH_COUNT(ubuntu));
	test_expect("rocky", rocky, KH_COUNT(rocky));
}

static void ends_of_support(void **state)
{
	(void)state;
	static const struct {
		const char *distro, *version, *row; /* NULL: not known */
	} cases[] = {
		{"debian", "12", "12"}, {"debian", "1", NULL},     {"debian", "120", NULL},      {"rocky", "9.4", "9"},  {"rhel", "8.10", "8"},
		{"sles", "15.5", "15.5"}, {"sles", "15", NULL},    {"opensuse-leap", "15.6", "15.6"}, {"ubuntu", "22.04", "22.04"}, {"ubuntu", "22.10", "22.10"},
		{"plan9", "4", NULL},   {"debian", NULL, NULL},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		const struct kh_os_support *found = kh_os_support_find(cases[i].distro, cases[i].version);
		assert_int_equal(found != NULL, cases[i].row != NULL);
		if (found)
			assert_string_equal(found->version, cases[i].row);
	}
	assert_int_equal(kh_os_support_find("debian", "8")->support_end_s, 1593536399); /* 2020-06-30 23:59:59 UTC+7 */
}

static void end_of_support_by_the_system_itself(void **state)
{
	(void)state;
	struct test_tree t = test_tree_new();
	static const struct test_expectation expected[] = {{"os", NULL, NULL, "support_end_s", "1778691599"}, {"os", NULL, NULL, "family", "\"rhel\""}};
	test_tree_file(&t, "/usr/lib/os-release", "ID=fedora\nVERSION_ID=42\nPRETTY_NAME='Fedora Linux 42'\nSUPPORT_END=2026-05-13\n");
	test_expect_in(&t, expected, KH_COUNT(expected));
	test_tree_done(&t);
}

static void hardware(void **state)
{
	(void)state;
	static const struct test_expectation debian[] = {
		{"hardware", NULL, NULL, "vendor", "\"Dell Inc.\""}, {"hardware", NULL, NULL, "serial", "\"FAKE123\""}, {"hardware", NULL, NULL, "asset_tag", "null"},
		{"hardware", NULL, NULL, "chassis", "\"desktop\""},  {"hardware", NULL, NULL, "bios_s", "1689379200"},   {"hardware", NULL, NULL, "cpu_count", "2"},
		{"hardware", NULL, NULL, "memory_bytes", "8120172544"}, {"hardware", NULL, NULL, "virtual", "false"},  {"hardware", NULL, NULL, "secure_boot", "true"},
		{"hardware", NULL, NULL, "tpm", "\"2.0\""},
	};
	static const struct test_expectation ubuntu[] = {
		{"hardware", NULL, NULL, "hypervisor", "\"xen\""}, {"hardware", NULL, NULL, "chassis", "\"virtual\""}, {"hardware", NULL, NULL, "serial", "null"},
		{"hardware", NULL, NULL, "secure_boot", "null"},
	};
	test_expect("debian", debian, KH_COUNT(debian));
	test_expect("ubuntu", ubuntu, KH_COUNT(ubuntu));
}

static void disks(void **state)
{
	(void)state;
	static const struct test_expectation expected[] = {
		{"disks", "name", "\"sda\"", "serial", "\"SER-0001\""}, {"disks", "name", "\"sda\"", "size_bytes", "256060514304"}, {"disks", "name", "\"sda\"", "kind", "\"ssd\""},
		{"disks", "name", "\"sda\"", "bus", "\"sata\""},        {"disks", "name", "\"sda\"", "encrypted", "true"},          {"disks", "name", "\"sda\"", "in_use", "true"},
		{"disks", "name", "\"sda\"", "removable", "false"},     {"disks", "name", "\"sdb\"", "serial", "\"USB-FAKE-9\""},   {"disks", "name", "\"sdb\"", "bus", "\"usb\""},
		{"disks", "name", "\"sdb\"", "kind", "\"flash\""},      {"disks", "name", "\"sdb\"", "in_use", "false"},            {"disks", "name", "\"loop0\"", NULL, NULL},
		{"disks", "name", "\"dm-0\"", NULL, NULL},
	};
	test_expect("debian", expected, KH_COUNT(expected));
}

static void usb(void **state)
{
	(void)state;
	static const struct test_expectation expected[] = {
		{"usb", "port", "\"1-2\"", "kind", "\"storage\""},   {"usb", "port", "\"1-2\"", "storage", "true"},    {"usb", "port", "\"1-2\"", "serial", "\"USB-FAKE-9\""},
		{"usb", "port", "\"1-3\"", "wireless", "true"},      {"usb", "port", "\"1-3\"", "kind", "\"hid\""},    {"usb", "port", "\"1-5\"", "kind", "\"printer\""},
		{"usb", "port", "\"1-6\"", "kind", "\"bluetooth\""}, {"usb", "port", "\"1-6\"", "authorized", "false"}, {"usb", "port", "\"1-6\"", "wireless", "true"},
		{"usb", "port", "\"usb1\"", NULL, NULL},
	};
	test_expect("debian", expected, KH_COUNT(expected));
}

static void hid(void **state)
{
	(void)state;
	static const struct test_expectation expected[] = {
		{"hid", "name", "\"Dell KB216 Wired Keyboard\"", "wireless", "false"},
		{"hid", "name", "\"Dell KB216 Wired Keyboard\"", "kind", "\"keyboard\""},
		{"hid", "name", "\"Logitech USB Receiver Mouse\"", "receiver", "\"Logitech Unifying\""},
		{"hid", "name", "\"Logitech USB Receiver Mouse\"", "wireless", "true"},
		{"hid", "name", "\"Bàn phím không dây\"", "bus", "\"bluetooth\""},
		{"hid", "name", "\"Bàn phím không dây\"", "wireless", "true"},
		{"hid", "name", "\"Power Button\"", NULL, NULL},
	};
	test_expect("debian", expected, KH_COUNT(expected));
}

/* Its mouse sleeps: only the receiver shows, on the bus. */
static void receivers_that_are_silent(void **state)
{
	(void)state;
	struct test_tree t = test_tree_new();
	static const struct test_expectation expected[] = {
		{"hid", "receiver", "\"Logitech Bolt\"", "kind", "\"receiver\""},
		{"hid", "receiver", "\"Logitech Bolt\"", "product_id", "\"c548\""},
		{"hid", "kind", "\"keyboard\"", "wireless", "false"},
	};
	test_tree_file(&t, "/proc/bus/input/devices", "I: Bus=0011 Vendor=0001 Product=0001 Version=ab41\nN: Name=\"AT Translated Set 2 keyboard\"\nH: Handlers=sysrq kbd leds\nB: EV=120013\n");
	test_tree_file(&t, "/sys/bus/usb/devices/1-1/idVendor", "046d\n");
	test_tree_file(&t, "/sys/bus/usb/devices/1-1/idProduct", "c548\n");
	test_expect_in(&t, expected, KH_COUNT(expected));
	test_tree_done(&t);
}

static void usb_interfaces_beside_their_device(void **state)
{
	(void)state;
	struct test_tree t = test_tree_new();
	static const struct test_expectation expected[] = {
		{"usb", "port", "\"1-1\"", "kind", "\"storage\""},
		{"usb", "port", "\"1-1\"", "storage", "true"},
		{"usb", "port", "\"1-1.1\"", "kind", "\"hid\""},
		{"usb", "port", "\"1-1.1\"", "storage", "false"},
	};
	test_tree_file(&t, "/sys/bus/usb/devices/1-1/idVendor", "0781\n");
	test_tree_file(&t, "/sys/bus/usb/devices/1-1:1.0/bInterfaceClass", "08\n");
	test_tree_file(&t, "/sys/bus/usb/devices/1-1.1/idVendor", "046d\n");
	test_tree_file(&t, "/sys/bus/usb/devices/1-1.1:1.0/bInterfaceClass", "03\n");
	test_expect_in(&t, expected, KH_COUNT(expected));
	test_tree_done(&t);
}

static void bluetooth(void **state)
{
	(void)state;
	static const struct test_expectation expected[] = {
		{"bluetooth", "kind", "\"adapter\"", "address", "\"aa:bb:cc:00:11:22\""}, {"bluetooth", "kind", "\"adapter\"", "blocked", "true"},
		{"bluetooth", "kind", "\"device\"", "name", "\"Điện thoại\""},            {"bluetooth", "kind", "\"device\"", "device_kind", "\"phone\""},
		{"bluetooth", "kind", "\"device\"", "trusted", "true"},                   {"bluetooth", "name", "\"Seen only\"", NULL, NULL},
	};
	test_expect("debian", expected, KH_COUNT(expected));
}

static void network(void **state)
{
	(void)state;
	static const struct test_expectation expected[] = {
		{"interfaces", "name", "\"eno1\"", "kind", "\"ethernet\""},
		{"interfaces", "name", "\"eno1\"", "ipv4", "\"10.0.2.10/24\""},
		{"interfaces", "name", "\"eno1\"", "ipv6", "\"2001:db8:2:0:224:4800:0:1/64\""}, /* neither link-local nor temporary */
		{"interfaces", "name", "\"eno1\"", "speed_mbps", "1000"},
		{"interfaces", "name", "\"eno1\"", "driver", "\"e1000e\""},
		{"interfaces", "name", "\"wlp2s0\"", "kind", "\"wifi\""},
		{"interfaces", "name", "\"wlp2s0\"", "state", "\"no_link\""},
		{"interfaces", "name", "\"wwan0\"", "kind", "\"mobile\""},
		{"interfaces", "name", "\"wwan0\"", "bus", "\"usb\""},
		{"interfaces", "name", "\"wwan0\"", "has_default_route", "true"},
		{"interfaces", "name", "\"docker0\"", "kind", "\"bridge\""},
		{"interfaces", "name", "\"tun0\"", "kind", "\"vpn\""},
		{"interfaces", "name", "\"tun0\"", "mac", "null"},
		{"interfaces", "name", "\"lo\"", NULL, NULL},
		{"interfaces", "name", "\"veth12ab\"", NULL, NULL},
		{"interfaces", "name", "\"bonding_masters\"", NULL, NULL},
		{"routes", "metric", "700", "interface_kind", "\"mobile\""},
		{"routes", "gateway", "\"10.0.2.1\"", "is_default", "true"},
		{"routes", "gateway", "\"fe80::1\"", "destination", "\"::/0\""},
		{"routes", "destination", "\"10.0.2.0/24\"", "gateway", "null"},
		{"routes", "destination", "\"169.254.0.0/16\"", NULL, NULL},
		{"routes", "destination", "\"fe80::/64\"", NULL, NULL},
		{"routes", "interface", "\"lo\"", NULL, NULL},
	};
	test_expect("debian", expected, KH_COUNT(expected));
}

static void ports(void **state)
{
	(void)state;
	static const struct test_expectation expected[] = {
		{"ports", "address", "\"0.0.0.0\"", "port", "22"},
		{"ports", "port", "22", "program", "\"/usr/sbin/sshd\""},
		{"ports", "port", "22", "service", "\"ssh.service\""},
		{"ports", "port", "22", "exposed", "true"},
		{"ports", "address", "\"127.0.0.1\"", "program", "\"/usr/sbin/cupsd\""}, /* of a program that was replaced */
		{"ports", "address", "\"127.0.0.1\"", "exposed", "false"},
		{"ports", "address", "\"::1\"", "exposed", "false"},
		{"ports", "port", "8080", "account", "\"vanthu\""},
		{"ports", "port", "8080", "program", "null"},
		{"ports", "port", "5353", "protocol", "\"udp\""},
		{"ports", "port", "49153", NULL, NULL}, /* a client's */
	};
	test_expect("debian", expected, KH_COUNT(expected));
}

KH_TESTS(os, ends_of_support, end_of_support_by_the_system_itself, hardware, disks, usb, usb_interfaces_beside_their_device, hid, receivers_that_are_silent, bluetooth, network, ports)
