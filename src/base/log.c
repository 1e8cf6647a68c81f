#include "base/log.h"

#include "base/buf.h"
#include "base/str.h"
#include "base/time.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

static enum kh_log_level most_talkative = KH_LOG_INFO;
static const char *program = "khien";

void kh_log_set_level(enum kh_log_level level)
{
	most_talkative = level;
}

void kh_log_set_program(const char *name)
{
	program = name;
}

static void add_value(struct kh_buf *line, const char *text)
{
	char safe[1024];
	kh_printable(safe, sizeof safe, text);
	if (strpbrk(safe, " =\"") || !*safe)
		kh_buf_add_json_string(line, safe, strlen(safe));
	else
		kh_buf_adds(line, safe);
}

static void add_prefix(struct kh_buf *line, enum kh_log_level level)
{
	static const struct {
		const char *name, *journal;
	} levels[] = {{"error", "<3>"}, {"warning", "<4>"}, {"info", "<6>"}, {"debug", "<7>"}};
	char iso[KH_ISO_SIZE];
	if (getenv("JOURNAL_STREAM"))
		kh_buf_adds(line, levels[level].journal);
	else
		kh_buf_addf(line, "%s ", kh_time_iso(kh_now_ms(), iso));
	kh_buf_addf(line, "%s %s ", program, levels[level].name);
}

void kh_log_fields(enum kh_log_level level, const char *message, const struct kh_log_field *fields, size_t n)
{
	if (level > most_talkative)
		return;
	kh_auto_buf struct kh_buf line = KH_BUF_MAX(8 * KH_KIB);
	add_prefix(&line, level);
	kh_buf_adds(&line, message);
	for (size_t i = 0; i < n; i++) {
		kh_buf_addf(&line, " %s=", fields[i].key);
		if (fields[i].text)
			add_value(&line, fields[i].text);
		else
			kh_buf_addf(&line, "%" PRId64, fields[i].number);
	}
	kh_buf_addc(&line, '\n');
	/* One write, so that lines of several processes do not mix. */
	ssize_t written = write(STDERR_FILENO, kh_buf_text(&line), line.len);
	(void)written;
}
