/* khien-test-marks [--lines] FILE…: what kh_document_read and kh_secrecy say of each file, without processes, cache or report around them: a line of JSON each. --lines: the lines that are read,
 * too. --no-ocr: pictures are not read; --whole-ocr: all of them. --laid-out: every page of a
 * PDF is laid out, as if any line might be of interest. */
#include "base/alloc.h"
#include "base/array.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "document/read/read.h"
#include "secrecy/sample.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct seen {
	struct kh_secrecy *secrecy;
	bool show;
	enum kh_document_format format;
	enum kh_secrecy_level level;
	unsigned confidence, lines, gaps;
	struct kh_buf marks;
};

static void on_begin(void *context, enum kh_document_format format, const char *member)
{
	struct seen *seen = context;
	seen->format = member ? seen->format : format;
	kh_secrecy_begin(seen->secrecy, format);
}

static void on_line(void *context, const struct kh_document_line *line)
{
	struct seen *seen = context;
	seen->lines++;
	if (seen->show)
		printf("  %s p%u%s%s%s %.0fpt %s%s %s%.2f,%.2f-%.2f,%.2f ocr=%u | %s\n", kh_document_part_name(line->part), line->page, line->red ? " red" : "", line->framed ? " framed" : "", line->bold ? " bold" : "",
		       (double)line->size_pt, kh_charset_name(line->charset), line->guessed ? "?" : "", line->placed ? "@" : "-", (double)line->left, (double)line->top, (double)line->right, (double)line->bottom, line->certainty, line->text);
	kh_secrecy_line(seen->secrecy, line);
}

static void on_end(void *context)
{
	struct seen *seen = context;
	struct kh_secrecy_finding found = {0};
	kh_secrecy_end(seen->secrecy, &found);
	if (found.level <= seen->level && seen->confidence)
		return;
	seen->level = found.level;
	seen->confidence = found.confidence;
	kh_buf_reset(&seen->marks);
	for (size_t i = 0; i < found.n; i++)
		kh_buf_addf(&seen->marks, "%s\"%s:%s\"", i ? "," : "", found.marks[i].kind, kh_document_part_name(found.marks[i].where));
}

static void on_gap(void *context, enum kh_gap_kind kind, const char *member)
{
	(void)kind;
	(void)member;
	((struct seen *)context)->gaps++;
}

static bool enough(void *context)
{
	return kh_secrecy_enough(((struct seen *)context)->secrecy);
}

static bool of_interest(void *context, const struct kh_document_line *line)
{
	return kh_secrecy_may_be_mark(((struct seen *)context)->secrecy, line);
}

static int read_file(const char *path, struct kh_buf *ret)
{
	FILE *f = fopen(path, "rb");
	size_t n = 0;
	if (!f)
		return kh_fail_errno("%s", path);
	for (void *room = NULL; (room = kh_buf_reserve(ret, 65536)) && (n = fread(room, 1, 65536, f)) > 0;)
		ret->len += n;
	fclose(f);
	return 0;
}

static int look(struct kh_secrecy *secrecy, const struct kh_document_options *options, bool show, bool all, const char *path)
{
	kh_auto_buf struct kh_buf bytes = KH_BUF_INIT;
	struct seen seen = {.secrecy = secrecy, .show = show};
	struct kh_document_sink sink = {.context = &seen, .on_begin = on_begin, .on_line = on_line, .on_end = on_end, .on_gap = on_gap, .enough = enough, .of_interest = all ? NULL : of_interest};
	struct timespec a = {0}, b = {0};
	int r = read_file(path, &bytes);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
	if (r == 0)
		r = kh_document_read(options, bytes.data ? bytes.data : "", bytes.len, &sink);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
	kh_auto_buf struct kh_buf out = KH_BUF_INIT;
	kh_buf_adds(&out, "{\"path\":");
	kh_buf_add_json_string(&out, path, strlen(path));
	kh_buf_addf(&out, ",\"format\":\"%s\",\"error\":%d,\"lines\":%u,\"gaps\":%u,\"us\":%.0f,\"level\":\"%s\",\"confidence\":%u,\"marks\":[%s]}", kh_document_format_name(seen.format), r, seen.lines, seen.gaps,
		    (double)(b.tv_sec - a.tv_sec) * 1e6 + (double)(b.tv_nsec - a.tv_nsec) / 1e3, kh_secrecy_level_name(seen.level), seen.confidence, kh_buf_text(&seen.marks));
	puts(kh_buf_text(&out));
	kh_buf_done(&seen.marks);
	return 0;
}

int main(int argc, char **argv)
{
	struct kh_unpack_limits limits = KH_UNPACK_LIMITS;
	struct kh_document_options options = {.limits = &limits, .ocr = KH_OCR_AUTO};
	kh_auto_secrecy_rules struct kh_secrecy_rules *rules = kh_sample_rules();
	kh_auto_secrecy struct kh_secrecy *secrecy = rules ? kh_secrecy_new(rules, false) : NULL;
	kh_auto_buf struct kh_buf letters = KH_BUF_INIT;
	bool show = false, all = false;
	int r = rules ? 0 : KH_E_INVALID_CONFIG;
	if (r == 0 && read_file("/usr/share/tesseract-ocr/5/tessdata/vie.traineddata", &letters) == 0) {
		options.letters = letters.data;
		options.letters_size = letters.len;
	}
	for (int i = 1; r == 0 && i < argc; i++) {
		if (kh_streq(argv[i], "--lines"))
			show = true;
		else if (kh_streq(argv[i], "--no-ocr"))
			options.ocr = KH_OCR_NEVER;
		else if (kh_streq(argv[i], "--whole-ocr"))
			options.ocr = KH_OCR_ALWAYS;
		else if (kh_streq(argv[i], "--laid-out"))
			all = true;
		else
			r = look(secrecy, &options, show, all, argv[i]);
	}
	if (r < 0)
		fprintf(stderr, "%s\n", kh_fail_detail());
	return r < 0;
}
