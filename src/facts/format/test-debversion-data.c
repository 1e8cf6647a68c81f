/* Agreement with ordered pairs from public test data: debian-versions.txt ("A < B" a line) in version-order.tar.zst in the folder named by
 * KHIEN_TEST_DATA. Exit status 77 (skipped) where that is not there. */
#include "base/alloc.h"
#include "base/str.h"
#include "facts/format/debversion.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>

#define SKIPPED 77

static char *read_entry(struct archive *archive, struct archive_entry *entry)
{
	size_t size = (size_t)archive_entry_size(entry);
	char *text = kh_alloc(size + 1);
	return archive_read_data(archive, text, size) == (la_ssize_t)size ? text : NULL;
}

/* NULL when the archive is not there. */
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
			if (kh_ends_with(archive_entry_pathname(entry), name))
				text = read_entry(archive, entry);
	archive_read_free(archive);
	return text;
}

static int sign(int v)
{
	return (v > 0) - (v < 0);
}

/* Does "A < B" hold, and turned round too? */
static bool holds(const char *a, const char *relation, const char *b)
{
	int expected = *relation == '<' ? -1 : *relation == '>';
	return sign(kh_deb_version_compare(a, b)) == expected && sign(kh_deb_version_compare(b, a)) == -expected;
}

int main(void)
{
	kh_auto_free char *text = public_data("debian-versions.txt");
	int pairs = 0, wrong = 0;
	if (!text)
		return SKIPPED;
	for (char *rest = text, *line = NULL; (line = kh_split(&rest, "\n")) != NULL;) {
		char *words = kh_trim(line), *a = kh_split(&words, " "), *relation = kh_split(&words, " "), *b = words;
		if (!relation || !b)
			continue;
		pairs++;
		if (!holds(a, relation, b)) {
			fprintf(stderr, "%s %s %s does not hold\n", a, relation, b);
			wrong++;
		}
	}
	printf("%d pairs, %d wrong\n", pairs, wrong);
	return wrong > 0 || pairs == 0;
}
