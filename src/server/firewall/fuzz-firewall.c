/* Rules of a file, judged and said in words: nothing a rule says may lead the judge astray. */
#include "base/alloc.h"
#include "server/firewall/judge.h"
#include "sheet/forms.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	kh_auto_sheet struct kh_sheet sheet = {0};
	if (size > 65536 || kh_firewall_parse(data, size, &sheet) < 0)
		return 0;
	size_t n = KH_MIN(sheet.rows.n, (size_t)200);
	kh_auto_free struct kh_firewall_rule *rules = kh_alloc_array(n + 1, sizeof *rules);
	for (size_t i = 0; i < n; i++) {
		const struct kh_sheet_row *row = &sheet.rows.v[i];
		rules[i] = (struct kh_firewall_rule){.place = kh_sheet_cell(row, KH_FIREWALL_PLACE), .action = kh_sheet_cell(row, KH_FIREWALL_ACTION),
						     .source = kh_sheet_cell(row, KH_FIREWALL_SOURCE), .target = kh_sheet_cell(row, KH_FIREWALL_TARGET),
						     .service = kh_sheet_cell(row, KH_FIREWALL_SERVICE), .hits = -1};
	}
	kh_firewall_judge(rules, n, 0);
	for (size_t i = 0; i < n; i++) {
		if (rules[i].problems & KH_FIREWALL_SHADOWED && rules[i].shadow >= i)
			abort();
		kh_assert((kh_firewall_gravest(rules[i].problems) != NULL) == (rules[i].problems != 0));
	}
	return 0;
}
