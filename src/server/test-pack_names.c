#include "server/pack_names.h"

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/str.h"
#include "base/test.h"

#include <stdlib.h>

static void is_called(enum kh_language language, enum kh_field_shown what, const char *id, const char *name)
{
	kh_language_use(language);
	kh_auto_free char *found = kh_pack_name(what, id);
	assert_string_equal(found, name);
}

static void ids_have_names(void **state KH_UNUSED)
{
	kh_auto_free char *packs = kh_format("%s/packs", getenv("KHIEN_SOURCE"));
	kh_pack_names_from(packs);
	is_called(KH_VI, KH_FIELD_SHOWN_ROUTE, "superior_at_once", "Ủy ban nhân dân cấp trên trực tiếp");
	is_called(KH_EN, KH_FIELD_SHOWN_ROUTE, "superior_at_once", "The People's Committee above");
	is_called(KH_VI, KH_FIELD_SHOWN_RULE, "incident_report_serious", "Thông báo ban đầu về sự cố nghiêm trọng trong 24 giờ");
	is_called(KH_EN, KH_FIELD_SHOWN_RULE, "incident_report_serious", "First notice of a serious incident within 24 hours");
	is_called(KH_VI, KH_FIELD_SHOWN_RULE, "incident_report_full", "Báo cáo nguyên nhân, phạm vi, biện pháp khắc phục sự cố trong 72 giờ (kể từ khi phát hiện)");
	is_called(KH_VI, KH_FIELD_SHOWN_RULE, "incident_report_at_once",
		  "Báo ngay khi có dấu hiệu ảnh hưởng an ninh quốc gia, trật tự an toàn xã hội hoặc gián đoạn nghiêm trọng");
	is_called(KH_VI, KH_FIELD_SHOWN_ROUTE, "incident_report_serious", "incident_report_serious"); /* a rule is no route */
}

static void what_no_file_has_stands_for_itself(void **state KH_UNUSED)
{
	kh_auto_free char *packs = kh_format("%s/packs", getenv("KHIEN_SOURCE"));
	kh_pack_names_from(packs);
	is_called(KH_VI, KH_FIELD_SHOWN_ROUTE, "gone_since", "gone_since");
	kh_pack_names_from("/nonexistent");
	is_called(KH_VI, KH_FIELD_SHOWN_ROUTE, "superior_at_once", "superior_at_once");
	kh_pack_names_from(packs);
	is_called(KH_VI, KH_FIELD_SHOWN_ROUTE, "superior_at_once", "Ủy ban nhân dân cấp trên trực tiếp");
}

KH_TESTS(ids_have_names, what_no_file_has_stands_for_itself)
