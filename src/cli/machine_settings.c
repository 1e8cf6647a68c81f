#include "cli/machine_settings.h"

#include "base/alloc.h"
#include "base/content_state.h"
#include "base/error.h"
#include "os/settings.h"

#include <stdio.h>

#define AGENT_SETTINGS "/etc/khien/agent.yaml"
#define TABLE kh_agent_settings_table, KH_AGENT_SETTINGS_COUNT

int kh_machine_settings(struct kh_agent_settings *ret)
{
	int r = kh_settings_load(ret, TABLE, NULL, AGENT_SETTINGS);
	return r == KH_E_PERMISSION ? kh_settings_load(ret, TABLE, NULL, NULL) : r;
}

void kh_machine_settings_done(struct kh_agent_settings *settings)
{
	kh_settings_done(settings, TABLE);
}

const char *kh_machine_store(void)
{
	static char *store;
	struct kh_agent_settings settings = {0};
	if (store)
		return store;
	if (kh_machine_settings(&settings) < 0) {
		fprintf(stderr, "%s\n", kh_fail_detail());
		return KH_CONTENT_DIR;
	}
	store = kh_strdup(settings.content_store);
	kh_machine_settings_done(&settings);
	return store;
}
