#include "base/alloc.h"
#include "facts/format/passwd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kh_passwd passwd = {0};
	struct kh_shadow shadow = {0};
	struct kh_groups groups = {0};
	const char *text = (const char *)data;
	kh_ignore(kh_passwd_parse(text, size, &passwd));
	kh_ignore(kh_shadow_parse(text, size, &shadow));
	kh_ignore(kh_groups_parse(text, size, &groups));
	for (size_t i = 0; i < shadow.n; i++)
		kh_shadow_hash(shadow.v[i].password);
	for (size_t i = 0; i < groups.n && passwd.n; i++)
		kh_group_has(&groups.v[i], &passwd.v[0]);
	kh_passwd_done(&passwd);
	kh_shadow_done(&shadow);
	kh_groups_done(&groups);
	return 0;
}
