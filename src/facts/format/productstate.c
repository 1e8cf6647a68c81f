#include "facts/format/productstate.h"

#include "base/json.h"
#include "base/str.h"
#include "facts/format/dates.h"
#include "facts/format/keyfile.h"

bool kh_defender_realtime(const char *text, size_t n, bool *ret_on)
{
	kh_auto_json json_t *settings = NULL;
	if (kh_json_parse(text, n, &settings) < 0)
		return false;
	const json_t *engine = json_object_get(settings, "antivirusEngine"), *old = json_object_get(engine, "enableRealTimeProtection");
	const char *level = json_string_value(json_object_get(engine, "enforcementLevel"));
	if (!level && !json_is_boolean(old))
		return false;
	*ret_on = level ? kh_streq(level, "real_time") : json_is_true(old);
	return true;
}

bool kh_sophos_realtime(const char *text, size_t n, bool *ret_on)
{
	kh_auto_json json_t *policy = NULL;
	if (kh_json_parse(text, n, &policy) < 0 || !json_is_object(policy))
		return false;
	const json_t *enabled = json_object_get(policy, "enabled");
	*ret_on = json_is_true(enabled) || kh_streq(json_string_value(enabled), "true") || json_integer_value(enabled) != 0;
	return true;
}

bool kh_avast_licence_end(const char *text, size_t n, int64_t *ret_s)
{
	int64_t end_s = 0, day_s = 0;
	kh_auto_keyfile struct kh_keyfile k = {0};
	if (kh_keyfile_parse(KH_KEYFILE_INI, text, n, &k) < 0 || !kh_keyfile_int(&k, NULL, "UpdateValidThru", &end_s))
		return false;
	if (!kh_date_of(9999, 12, 31, &day_s) || end_s <= 0 || end_s > day_s)
		return false;
	*ret_s = end_s;
	return true;
}

bool kh_drweb_licence_end(const char *text, size_t n, int64_t *ret_s)
{
	kh_auto_keyfile struct kh_keyfile k = {0};
	if (kh_keyfile_parse(KH_KEYFILE_INI, text, n, &k) < 0)
		return false;
	const char *expires = kh_keyfile_get(&k, NULL, "Expires");
	return expires && kh_date_iso(expires, ret_s);
}
