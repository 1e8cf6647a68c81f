#include "search/report.h"

#include <stdlib.h>
#include <string.h>

const char *kh_search_state_name(enum kh_search_state s)
{
	static const char *const names[KH_SEARCH_STATES] = {
		[KH_SEARCH_SCANNED] = "scanned", [KH_SEARCH_PARTLY] = "partly", [KH_SEARCH_ENCRYPTED] = "encrypted", [KH_SEARCH_ERROR] = "error"};
	return names[s];
}

void kh_search_report_done(struct kh_search_report *r)
{
	for (size_t i = 0; i < r->mark_count; i++)
		free(r->marks[i].line);
	*r = (struct kh_search_report){0};
}

void kh_search_report_gap(struct kh_search_report *r, enum kh_gap_kind kind, bool inside)
{
	for (size_t i = 0; i < r->gap_count; i++)
		if (r->gaps[i].kind == kind && r->gaps[i].inside == inside)
			return;
	if (r->gap_count < KH_SEARCH_MAX_GAPS)
		r->gaps[r->gap_count++] = (struct kh_search_gap){kind, inside};
}

const char *kh_search_encoding(const struct kh_search_report *r)
{
	if (!r->charset_known)
		return NULL;
	return r->mixed ? "mixed" : kh_charset_name(r->charset);
}
