#include "base/array.h"
#include "facts/format/wifiprofile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kh_wifi_profiles profiles = {0};
	struct kh_wifi_profile named = {0};
	const char *text = (const char *)data;
	kh_auto_free char *name = kh_strndup(text, size);
	kh_ignore(kh_wifi_nm_parse(text, size, &profiles));
	kh_ignore(kh_wifi_ifcfg_parse(text, size, &profiles));
	kh_ignore(kh_wifi_wpa_parse(text, size, &profiles));
	kh_ignore(kh_wifi_ifupdown_parse(text, size, &profiles));
	kh_ignore(kh_wifi_netplan_parse("fuzz", text, size, &profiles));
	kh_wifi_iwd_name(name, &named);
	kh_wifi_connman_name(name, &named);
	kh_array_done(&profiles);
	return 0;
}
