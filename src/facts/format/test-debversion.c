#include "base/alloc.h"
#include "base/str.h"
#include "base/test.h"
#include "facts/format/debversion.h"

#include <archive.h>
#include <archive_entry.h>

static int sign(int v)
{
	return (v > 0) - (v < 0);
}

static void check(const char *a, const char *relation, const char *b)
{
	int expected = *relation == '<' ? -1 : *relation == '>';
	if (sign(kh_deb_version_compare(a, b)) != expected || sign(kh_deb_version_compare(b, a)) != -expected)
		fail_msg("%s %s %s does not hold", a, relation, b);
}

static void orders_versions(void **state)
{
	(void)state;
	static const char *const cases[][3] = {
		{"1.0", "=", "1.0-0"},       {"1.0", "=", "0:1.0"},        {"1:0.1", ">", "9.9"},           {"1.0~rc1", "<", "1.0"},       {"1.0~rc1", "<", "1.0~rc1+b1"},
		{"1.0", "<", "1.0+b1"},      {"1.0a", "<", "1.0+"},        {"1.0.10", ">", "1.0.9"},        {"1.01", "=", "1.1"},          {"1.0-1", "<", "1.0-1.1"},
		{"1-1-1", ">", "1-1"},       {"2.0-1~bpo12+1", "<", "2.0-1"}, {"", "<", "0.1"},             {"a", "<", "b"},               {"~", "<", ""},
		{"~~", "<", "~"},            {"1.2.3-1~deb7u1", "<", "1.2.3-1"}, {"3.0.15-1~deb12u1", "<", "3.0.15-1~deb12u3"},
		{"99999999999999999999999999999999", ">", "99999999999999999999999999999998"},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++)
		check(cases[i][0], cases[i][1], cases[i][2]);
}

/* One file of version-order.tar.zst in the folder of public test data; NULL when the archive is not there. */
static char *public_data(const char *name)
{
	const char *folder = getenv("KHIEN_TEST_DATA"), *source = getenv("KHIEN_SOURCE");
	kh_auto_free char *path = kh_format("%s%s/version-order.tar.zst", folder ? folder : source ? source : ".", folder ? "" : "/../shared/data");
	struct archive *archive = archive_read_new();
	struct archive_entry *entry = NULL;
	char *text = NULL;
	archive_read_support_filter_zstd(archive);
	archive_read_support_format_tar(archive);
	if (archive_read_open_filename(archive, path, 65536) == ARCHIVE_OK)
		while (!text && archive_read_next_header(archive, &entry) == ARCHIVE_OK)
			if (kh_ends_with(archive_entry_pathname(entry), name)) {
				text = kh_alloc((size_t)archive_entry_size(entry) + 1);
				assert_int_equal(archive_read_data(archive, text, (size_t)archive_entry_size(entry)), archive_entry_size(entry));
			}
	archive_read_free(archive);
	return text;
}

/* "A < B" a line. */
static void agrees_with_public_data(void **state)
{
	(void)state;
	kh_auto_free char *text = public_data("debian-versions.txt");
	size_t pairs = 0;
	if (!text)
		skip();
	for (char *rest = text, *line = NULL; (line = kh_split(&rest, "\n")) != NULL;) {
		char *words = kh_trim(line), *a = kh_split(&words, " "), *relation = kh_split(&words, " "), *b = words;
		if (!relation || !b)
			continue;
		check(a, relation, b);
		pairs++;
	}
	assert_true(pairs > 20);
}

KH_TESTS(orders_versions, agrees_with_public_data)
