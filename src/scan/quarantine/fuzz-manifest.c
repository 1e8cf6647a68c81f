/* Any text as a manifest: refused, or written and read again as the same. */
#include "base/alloc.h"
#include "base/error.h"
#include "scan/quarantine/manifest.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char id[] = "00000000-0000-4000-8000-000000000000";
	kh_auto_quarantine_entry struct kh_quarantine_entry e = {0}, again = {0};
	if (kh_manifest_parse((const char *)data, size, id, &e) < 0)
		return 0;
	kh_assert(e.path[0] == '/' && e.mode <= 07777);
	kh_auto_free char *text = kh_manifest_text(&e), *text_again = NULL;
	kh_assert(kh_manifest_parse(text, strlen(text), id, &again) == 0);
	text_again = kh_manifest_text(&again);
	kh_assert(strcmp(text, text_again) == 0 && e.xattrs.n == again.xattrs.n && strcmp(e.path, again.path) == 0);
	return 0;
}
