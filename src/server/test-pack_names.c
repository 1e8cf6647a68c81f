#include "server/pack_names.h"

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/str.h"
#include "base/test.h"
#include "base/test_dir.h"
#include "os/file.h"

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
	is_called(KH_VI, KH_FIELD_SHOWN_DIRECTIVE, "thai-hoa-2025", "Tăng cường bảo đảm an toàn thông tin, an ninh mạng trên địa bàn phường"); /* its number is not known */
	is_called(KH_EN, KH_FIELD_SHOWN_DIRECTIVE, "thai-hoa-2025", "Strengthening information and cyber security in the ward");
}

static void a_directive_is_found_by_its_name(void **state KH_UNUSED)
{
	char dir[] = "/tmp/kh-packs-XXXXXX";
	static const char text[] = "id: so-5\nnumber: 5/UBND-VX\ndate: null\ntitle: {vi: Rà soát, en: Review}\nissuer: UBND phường A\nsuperseded_by: null\nclauses:\n"
				   "  - {id: \"1\", clause: \"1\", quote: q, kind: W, by: null, does: {vi: a, en: b}, target: 100, needs: [], controls: [unit_assigned], figures: []}\n";
	assert_non_null(mkdtemp(dir));
	kh_auto_free char *folder = kh_format("%s/directives", dir), *path = kh_format("%s/so-5.yaml", folder);
	assert_int_equal(kh_dir_make(folder, 0700), 0);
	assert_int_equal(kh_file_replace(path, text, sizeof text - 1, 0600), 0);
	kh_pack_names_from(dir);
	is_called(KH_VI, KH_FIELD_SHOWN_DIRECTIVE, "so-5", "5/UBND-VX · UBND phường A");
	kh_auto_free char *id = kh_pack_directive_id("5/UBND-VX · UBND phường A"), *none = kh_pack_directive_id("6/UBND-VX · UBND phường A");
	assert_string_equal(id, "so-5");
	assert_null(none);
	assert_int_equal(kh_test_remove(dir), 0);
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

KH_TESTS(ids_have_names, a_directive_is_found_by_its_name, what_no_file_has_stands_for_itself)
