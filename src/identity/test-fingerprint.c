#include "base/test.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "identity/fingerprint.h"
#include "identity/machine.h"
#include "os/file.h"

#include <stdio.h>
#include <ftw.h>
#include <unistd.h>

/* ---- a small system in a directory ---- */

static char *root;

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st, (void)type, (void)where;
	return remove(path);
}

static int make_root(void **state)
{
	(void)state;
	root = kh_strdup("/tmp/kh-fingerprint-XXXXXX");
	return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state)
{
	(void)state;
	nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(root);
	return 0;
}

static void put_file(const char *path, const char *text)
{
	kh_auto_free char *whole = kh_format("%s/%s", root, path), *dir = kh_strdup(whole);
	*strrchr(dir, '/') = '\0';
	assert_int_equal(kh_dir_make(dir, 0755), 0);
	assert_int_equal(kh_file_replace(whole, text, strlen(text), 0644), 0);
}

static void put_card(const char *name, const char *address, const char *type, bool physical)
{
	kh_auto_free char *a = kh_format("sys/class/net/%s/address", name), *t = kh_format("sys/class/net/%s/addr_assign_type", name),
			  *d = kh_format("sys/class/net/%s/device/uevent", name);
	put_file(a, address);
	put_file(t, type);
	if (physical)
		put_file(d, "");
}

static void measures_what_belongs_to_the_machine(void **state)
{
	(void)state;
	struct kh_fingerprint none = {0};
	assert_int_equal(kh_fingerprint_measure(root, &none), KH_E_NOT_SUPPORTED);
	put_file("etc/machine-id", "3D1219c7c4c5404aaa1f6d2a48adfda4\n");
	put_file("sys/class/dmi/id/product_uuid", "4C4C4544-0035-4B10-8031-B8C04F4E4D32\n");
	put_card("eth1", "52:54:00:00:00:02\n", "0\n", true);
	put_card("eth0", "52:54:00:00:00:01\n", "0\n", true);
	put_card("wlan0", "02:00:00:00:00:09\n", "3\n", true); /* a random address */
	put_card("br0", "52:54:00:00:00:07\n", "0\n", false);  /* no card */
	kh_auto_fingerprint struct kh_fingerprint f = {0};
	assert_int_equal(kh_fingerprint_measure(root, &f), 0);
	assert_string_equal(f.parts, "machine=3d1219c7c4c5404aaa1f6d2a48adfda4\nproduct=4c4c4544-0035-4b10-8031-b8c04f4e4d32\n"
				     "mac=52:54:00:00:00:01\nmac=52:54:00:00:00:02\n");
	assert_int_equal(strlen(f.hex), 64);
	put_file("sys/class/dmi/id/product_uuid", "03000200-0400-0500-0006-000700080009\n");
	kh_auto_fingerprint struct kh_fingerprint g = {0};
	assert_int_equal(kh_fingerprint_measure(root, &g), 0);
	assert_null(strstr(g.parts, "product"));
}

static void measures_this_machine(void **state)
{
	(void)state;
	kh_auto_fingerprint struct kh_fingerprint a = {0}, b = {0};
	assert_int_equal(kh_fingerprint_measure("", &a), 0);
	assert_int_equal(kh_fingerprint_measure("", &b), 0);
	assert_string_equal(a.hex, b.hex);
	assert_true(kh_fingerprint_same_machine(&a, &b));
}

static struct kh_fingerprint of(const char *parts)
{
	struct kh_fingerprint f = {0};
	kh_fingerprint_of(parts, &f);
	return f;
}

static void tells_a_copy_from_a_change(void **state)
{
	(void)state;
	static const struct {
		const char *known, *now;
		bool same;
	} cases[] = {
		{"machine=a\nproduct=p\nmac=1\n", "machine=a\nproduct=p\nmac=1\n", true},
		{"machine=a\nproduct=p\nmac=1\n", "machine=b\nproduct=p\nmac=1\n", true},          /* set up anew */
		{"machine=a\nproduct=p\nmac=1\n", "machine=a\nproduct=p\nmac=1\nmac=2\n", true},   /* a card more */
		{"machine=a\nproduct=p\nmac=1\nmac=2\n", "machine=a\nproduct=p\nmac=2\n", true},   /* a card less */
		{"machine=a\nproduct=p\nmac=1\n", "machine=a\nmac=1\n", true},                     /* not root now */
		{"machine=a\nproduct=p\n", "machine=a\nproduct=p\nmac=1\n", true},
		{"machine=a\nproduct=p\nmac=1\n", "machine=a\nproduct=q\nmac=2\n", false},         /* a cloned disk */
		{"machine=a\nproduct=p\nmac=1\n", "machine=a\nproduct=q\nmac=1\n", false},
		{"machine=a\nproduct=p\nmac=1\n", "machine=a\nproduct=p\nmac=2\n", false},         /* the same board series */
		{"machine=a\nproduct=p\n", "machine=b\nproduct=p\n", false},
		{"machine=a\n", "machine=b\n", false},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_auto_fingerprint struct kh_fingerprint known = of(cases[i].known), now = of(cases[i].now);
		assert_int_equal(kh_fingerprint_same_machine(&known, &now), cases[i].same);
	}
	/* Parts that do not fit their hash prove nothing. */
	kh_auto_fingerprint struct kh_fingerprint known = of("machine=a\nmac=1\n"), now = of("machine=a\nmac=1\nmac=2\n");
	memset(known.hex, '0', 64);
	assert_false(kh_fingerprint_same_machine(&known, &now));
}

static void names_the_system(void **state)
{
	(void)state;
	put_file("etc/os-release", "ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n");
	kh_auto_free char *name = kh_machine_os_name(root);
	assert_string_equal(name, "Debian GNU/Linux 12 (bookworm)");
	put_file("etc/os-release", "PRETTY_NAME=");
	kh_auto_free char *kernel = kh_machine_os_name(root);
	assert_true(kh_starts_with(kernel, "Linux "));
}

KH_TESTS_WITH(make_root, remove_root, measures_what_belongs_to_the_machine, measures_this_machine, tells_a_copy_from_a_change, names_the_system)
