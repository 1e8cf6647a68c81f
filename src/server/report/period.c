#include "server/report/data.h"

#include "base/error.h"
#include "base/months.h"
#include "base/str.h"
#include "base/time.h"
#include "server/posture/reading.h"

/* Day number of the first of a month; months past December run on into the next year. */
static int64_t first_day(int64_t year, int month)
{
	int64_t day = 0;
	kh_auto_free char *text = kh_format("%04lld-%02d-01", (long long)(month > 12 ? year + 1 : year), month > 12 ? month - 12 : month);
	kh_assert(kh_day_parse(text, &day));
	return day;
}

static void name_months(const struct kh_months *m, char *out, size_t size)
{
	if (m->count == 1)
		snprintf(out, size, "tháng %d năm %lld", m->first, (long long)m->year);
	else if (m->count == 3)
		snprintf(out, size, "quý %d năm %lld", (m->first + 2) / 3, (long long)m->year);
	else
		snprintf(out, size, "năm %lld", (long long)m->year);
}

static struct kh_months before(struct kh_months m)
{
	bool last_year = m.first <= m.count;
	return (struct kh_months){m.year - last_year, last_year ? m.first + 12 - m.count : m.first - m.count, m.count};
}

int kh_period_parse(const char *text, int64_t now_s, struct kh_period *ret)
{
	struct kh_months m = {0};
	if (!kh_months_parse(text, &m)) {
		char shown[32];
		kh_printable(shown, sizeof shown, text);
		return kh_fail(KH_E_INVALID_FIELD, "period: expected 2026-11, 2026-Q4 or 2026, not %s", shown);
	}
	struct kh_months earlier = before(m);
	struct kh_period period = {.from_day = first_day(m.year, m.first), .to_day = first_day(m.year, m.first + m.count) - 1};
	if (period.from_day > kh_time_day_number(now_s))
		return kh_fail(KH_E_INVALID_FIELD, "period: %s has not begun", text);
	name_months(&m, period.name, sizeof period.name);
	name_months(&earlier, period.before_name, sizeof period.before_name);
	*ret = period;
	return 0;
}
