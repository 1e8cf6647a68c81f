#include "os/power.h"

#include "base/alloc.h"
#include "base/test.h"
#include "base/test_dir.h"
#include "os/file.h"

static char root[] = "/tmp/khien-power-XXXXXX";

static int make_root(void **state KH_UNUSED)
{
	return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state KH_UNUSED)
{
	return kh_test_remove(root);
}

static void set(const char *supply, const char *name, const char *value)
{
	kh_auto_free char *folder = kh_format("%s/sys/class/power_supply/%s", root, supply), *path = kh_format("%s/%s", folder, name);
	assert_int_equal(kh_dir_make(folder, 0755), 0);
	assert_int_equal(kh_file_replace(path, value, strlen(value), 0644), 0);
}

static void a_battery_counts_when_nothing_else_feeds_the_machine(void **state KH_UNUSED)
{
	assert_false(kh_power_on_battery(root)); /* no such folder: a server */
	set("AC", "type", "Mains\n");
	set("AC", "online", "1\n");
	assert_false(kh_power_on_battery(root));
	set("BAT0", "type", "Battery\n");
	set("BAT0", "status", "Charging\n");
	assert_false(kh_power_on_battery(root));
	set("AC", "online", "0\n");
	assert_false(kh_power_on_battery(root)); /* between two states */
	set("BAT0", "status", "Discharging\n");
	assert_true(kh_power_on_battery(root));
	set("ucsi", "type", "USB\n");
	set("ucsi", "online", "1\n");
	assert_false(kh_power_on_battery(root));
}

static void other_batteries_do_not_count(void **state KH_UNUSED)
{
	set("ucsi", "online", "0\n");
	set("BAT0", "scope", "Device\n"); /* of a mouse */
	assert_false(kh_power_on_battery(root));
	set("ups", "type", "UPS\n");
	set("ups", "status", "Discharging\n");
	assert_false(kh_power_on_battery(root));
}

KH_TESTS_WITH(make_root, remove_root, a_battery_counts_when_nothing_else_feeds_the_machine, other_batteries_do_not_count)
