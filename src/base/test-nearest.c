#include "base/nearest.h"

#include "base/alloc.h"
#include "base/test.h"

#include <string.h>

static void slips_of_the_hand_are_understood(void **state KH_UNUSED)
{
	static const char *const known[] = {"serve", "report", "demands", "backup", "restore", "user", "unit", "unit-name", "json", "at"};
	static const struct {
		const char *typed, *meant; /* NULL: nothing like it */
	} cases[] = {
		{"serv", "serve"},	 {"sevre", "serve"},	   {"reprot", "report"},  {"raport", "report"}, {"demand", "demands"}, {"backups", "backup"}, {"units", "unit"}, {"untis", NULL},  {"uint", "unit"},
		{"usr", "user"},	 {"unit-nmae", "unit-name"}, {"unitname", "unit-name"}, {"jsno", "json"},    {"ta", "at"},	       {"", NULL},	      {"x", NULL},
		{"scan", NULL},		 {"xyzzy", NULL},	   {"unit-names-of-everything-there-is", NULL},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		struct kh_nearest n;
		kh_nearest_begin(&n, cases[i].typed, strlen(cases[i].typed));
		for (size_t k = 0; k < KH_COUNT(known); k++)
			kh_nearest_try(&n, known[k], strlen(known[k]));
		if (!n.best != !cases[i].meant || (n.best && strcmp(n.best, cases[i].meant) != 0))
			fail_msg("%s: %s", cases[i].typed, n.best ? n.best : "nothing");
	}
}

KH_TESTS(slips_of_the_hand_are_understood)
