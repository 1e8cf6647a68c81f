#include "document/read/test_reading.h"

#include "base/test.h"

#include <stdio.h>

static void on_begin(void *context, enum kh_document_format format, const char *member)
{
	struct test_told *told = context;
	const char *name = format == KH_DOCUMENT_NONE ? "none" : kh_document_format_name(format);
	kh_buf_addf(&told->text, "begin %s%s%s\n", name, member ? " " : "", member ? member : "");
}

static void on_line(void *context, const struct kh_document_line *line)
{
	struct test_told *told = context;
	const struct {
		bool is;
		const char *name;
	} looks[] = {
		{line->red, "red"}, {line->bold, "bold"}, {line->framed, "framed"}, {line->centred, "centred"}, {line->capitals, "capitals"}, {line->placed, "placed"},
		{line->guessed, "guessed"},
	};
	struct kh_document_line copy = *line;
	bool first = true;
	assert_true(strlen(line->text) == line->n && line->n > 0 && line->n <= KH_DOCUMENT_MAX_LINE);
	copy.text = kh_strdup(line->text);
	kh_array_push(&told->lines, copy);
	kh_buf_addf(&told->text, "%s %u", kh_document_part_name(line->part), line->page);
	for (size_t i = 0; i < KH_COUNT(looks); i++)
		if (looks[i].is) {
			kh_buf_addf(&told->text, "%s%s", first ? " " : ",", looks[i].name);
			first = false;
		}
	kh_buf_addf(&told->text, ": %s\n", line->text);
}

static void on_end(void *context)
{
	struct test_told *told = context;
	kh_buf_adds(&told->text, "end\n");
}

static void on_gap(void *context, enum kh_gap_kind kind, const char *member)
{
	struct test_told *told = context;
	kh_buf_addf(&told->text, "gap %s%s%s\n", kh_gap_name(kind), member ? ": " : "", member ? member : "");
}

static bool enough(void *context)
{
	struct test_told *told = context;
	told->asked++;
	return (told->enough_after > 0 && told->lines.n >= told->enough_after) || (told->enough_from > 0 && told->asked >= told->enough_from);
}

struct kh_document_sink test_sink(struct test_told *told)
{
	return (struct kh_document_sink){told, on_begin, on_line, on_end, on_gap, enough, told->of_interest};
}

void test_told_done(struct test_told *told)
{
	kh_array_each(&told->lines, line)
		free((char *)line->text);
	kh_array_done(&told->lines);
	kh_buf_done(&told->text);
}

static const struct kh_unpack_limits limits = KH_UNPACK_LIMITS;
static const struct kh_document_options options = {.limits = &limits};
static const struct kh_reader nothing = {.format = KH_DOCUMENT_NONE}, *only;

void test_read(struct test_told *told, const void *bytes, size_t n)
{
	struct kh_document_sink sink = test_sink(told);
	assert_int_equal(kh_document_read(&options, bytes, n, &sink), 0);
}

static const struct kh_reader *only_once(const uint8_t *bytes, size_t n)
{
	const struct kh_reader *now = only;
	(void)bytes;
	(void)n;
	only = &nothing;
	return now;
}

void test_read_by(struct test_told *told, const struct kh_reader *reader, const void *bytes, size_t n)
{
	struct kh_document_sink sink = test_sink(told);
	struct kh_unpack_limits own = limits;
	const struct kh_document_options mine = {.limits = &own};
	own.held_bytes = told->held_bytes ? told->held_bytes : own.held_bytes;
	own.time_ms = told->time_ms ? told->time_ms : own.time_ms;
	struct kh_reading_file file = {.options = &mine, .sink = &sink, .reader_of = only_once};
	only = reader;
	kh_reading_run(&file, bytes, n);
}

void test_reads(const void *bytes, size_t n, const char *wanted)
{
	struct test_told told = {0};
	test_read(&told, bytes, n);
	assert_string_equal(kh_buf_text(&told.text), wanted);
	test_told_done(&told);
}

void test_load(const char *name, struct kh_buf *ret)
{
	kh_auto_free char *path = kh_format("%s/src/document/read/%s", getenv("KHIEN_SOURCE"), name);
	FILE *f = fopen(path, "rb");
	assert_non_null(f);
	char *to = kh_buf_reserve(ret, KH_MIB);
	ret->len = fread(to, 1, KH_MIB, f);
	fclose(f);
}
