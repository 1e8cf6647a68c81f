/* khien-lines: what tests in other languages, and people who look for a fault, want to see of documents. Not shipped.
 *
 *     khien-lines FILE…              the lines of each: "part page looks charset: text", and what was begun, ended and not read
 *     khien-lines --encode CHARSET   standard input, UTF-8 → bytes of the charset
 *     khien-lines --decode CHARSET   and back
 *     khien-lines --time N FILE…     reads all of them N times, and says how fast, by the time of one core */
#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "document/read/read.h"
#include "document/vietnamese/convert.h"

#include <locale.h>
#include <stdio.h>
#include <time.h>

/* ---- what readers tell ---- */

static void on_begin(void *context, enum kh_document_format format, const char *member)
{
	(void)context;
	printf("begin %s %s\n", format == KH_DOCUMENT_NONE ? "none" : kh_document_format_name(format), member ? member : "");
}

static void on_line(void *context, const struct kh_document_line *l)
{
	(void)context;
	printf("%s %u%s%s%s%s%s %s%s %.1f", kh_document_part_name(l->part), l->page, l->red ? " red" : "", l->bold ? " bold" : "", l->framed ? " framed" : "", l->centred ? " centred" : "",
	       l->capitals ? " capitals" : "", kh_charset_name(l->charset), l->guessed ? "?" : "", (double)l->size_pt);
	if (l->placed)
		printf(" [%.2f %.2f %.2f %.2f]", (double)l->left, (double)l->top, (double)l->right, (double)l->bottom);
	printf(": %s\n", l->text);
}

static void on_end(void *context)
{
	(void)context;
	puts("end");
}

static void on_gap(void *context, enum kh_gap_kind kind, const char *member)
{
	(void)context;
	printf("gap %s %s\n", kh_gap_name(kind), member ? member : "");
}

static bool enough(void *context)
{
	(void)context;
	return false;
}

static void count_begin(void *context, enum kh_document_format format, const char *member)
{
	(void)context;
	(void)format;
	(void)member;
}

static void count_line(void *context, const struct kh_document_line *l)
{
	size_t *bytes = context;
	*bytes += l->n;
}

static void count_end(void *context)
{
	(void)context;
}

static void count_gap(void *context, enum kh_gap_kind kind, const char *member)
{
	(void)context;
	(void)kind;
	(void)member;
}

/* ---- files ---- */

static bool read_file(FILE *file, struct kh_buf *ret)
{
	kh_buf_reset(ret);
	for (size_t n = 1; n > 0;) {
		char *to = kh_buf_reserve(ret, 65536);
		n = to ? fread(to, 1, 65536, file) : 0;
		ret->len += n;
	}
	return !ferror(file);
}

static int show(char **files, size_t n, unsigned times)
{
	static const struct kh_unpack_limits limits = KH_UNPACK_LIMITS;
	const struct kh_document_options options = {.limits = &limits, .ocr = KH_OCR_AUTO};
	size_t bytes = 0, text = 0;
	const struct kh_document_sink shown = {NULL, on_begin, on_line, on_end, on_gap, enough}, counted = {&text, count_begin, count_line, count_end, count_gap, enough};
	kh_auto_buf struct kh_buf content = KH_BUF_MAX(2048 * KH_MIB);
	clock_t spent = 0;
	for (size_t i = 0; i < n; i++) {
		FILE *file = fopen(files[i], "rb");
		if (!file || !read_file(file, &content)) {
			perror(files[i]);
			return 1;
		}
		fclose(file);
		clock_t start = clock();
		for (unsigned time = 0; time < KH_MAX(times, 1U); time++)
			if (kh_document_read(&options, kh_buf_text(&content), content.len, times ? &counted : &shown) < 0)
				fputs(kh_fail_detail(), stderr);
		spent += clock() - start;
		bytes += content.len;
	}
	double seconds = (double)KH_MAX(spent, (clock_t)1) / CLOCKS_PER_SEC;
	if (times)
		printf("%zu documents, %.1f MB read %u times: %.1f documents/s, %.1f MB/s, %.1f MB of text each time\n", n, (double)bytes / 1e6, times, (double)n * times / seconds,
		       (double)bytes * times / 1e6 / seconds, (double)text / 1e6 / times);
	return 0;
}

/* ---- charsets ---- */

static int convert(bool encode, const char *name)
{
	kh_auto_buf struct kh_buf in = KH_BUF_INIT, shown = KH_BUF_INIT, out = KH_BUF_INIT;
	int charset = 0;
	while (charset < KH_CHARSETS && !kh_streq(kh_charset_name((enum kh_charset)charset), name))
		charset++;
	if (charset == KH_CHARSETS || !read_file(stdin, &in)) {
		fputs("no such charset, or nothing to read\n", stderr);
		return 2;
	}
	if (encode) {
		kh_charset_encode((enum kh_charset)charset, kh_buf_text(&in), in.len, &out);
	} else {
		kh_charset_widen((const uint8_t *)kh_buf_text(&in), in.len, &shown);
		kh_charset_decode((enum kh_charset)charset, kh_buf_text(&shown), shown.len, &out);
	}
	return fwrite(kh_buf_text(&out), 1, out.len, stdout) == out.len ? 0 : 1;
}

int main(int argc, char **argv)
{
	int64_t times = 0;
	setlocale(LC_CTYPE, "C.UTF-8");
	if (argc == 3 && (kh_streq(argv[1], "--encode") || kh_streq(argv[1], "--decode")))
		return convert(kh_streq(argv[1], "--encode"), argv[2]);
	if (argc > 3 && kh_streq(argv[1], "--time") && kh_parse_int(argv[2], 1, 1000000, &times))
		return show(argv + 3, (size_t)argc - 3, (unsigned)times);
	return show(argv + 1, (size_t)argc - 1, 0);
}
