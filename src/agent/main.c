#include "agent/broker.h"
#include "agent/scan_job.h"
#include "agent/settings.h"
#include "agent/uplink.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "gen/cli_khien_agent.h"
#include "sandbox/worker.h"

#include <stdio.h>

static int apply_options(struct kh_cli_call *call, struct kh_agent_settings *s)
{
	const char *const *pairs = NULL;
	size_t n = kh_cli_list(call, "set", &pairs);
	int r = kh_cli_text(call, "state") ? kh_agent_settings_set(s, "state", kh_cli_text(call, "state")) : 0;
	for (size_t i = 0; r == 0 && i < n; i++) {
		kh_auto_free char *pair = kh_strdup(pairs[i]);
		char *value = strchr(pair, '=');
		if (!value)
			return kh_fail(KH_E_USAGE, "--set %s: expected KEY=VALUE", pairs[i]);
		*value++ = '\0';
		r = kh_agent_settings_set(s, pair, value);
	}
	return r;
}

static int load_settings(struct kh_cli_call *call, struct kh_agent_settings *ret)
{
	int r = kh_agent_settings_load(kh_cli_text(call, "config"), ret);
	return r < 0 ? r : apply_options(call, ret);
}

static int set_log_level(const char *name)
{
	static const char *const names[] = {"error", "warning", "info", "debug"};
	for (size_t i = 0; i < KH_COUNT(names); i++)
		if (kh_streq(names[i], name)) {
			kh_log_set_level((enum kh_log_level)i);
			return 0;
		}
	return kh_fail(KH_E_INVALID_CONFIG, "log_level: expected error, warning, info or debug; found %s", name);
}

int kh_verb_run(struct kh_cli_call *call)
{
	struct kh_agent_settings settings = {0};
	kh_log_set_program("khien-agent");
	int r = load_settings(call, &settings);
	r = r < 0 ? r : set_log_level(settings.log_level);
	r = r < 0 ? r : kh_broker_run(&settings);
	kh_agent_settings_done(&settings);
	return r;
}

int kh_verb_check_config(struct kh_cli_call *call)
{
	struct kh_agent_settings settings = {0};
	int r = load_settings(call, &settings);
	r = r < 0 ? r : set_log_level(settings.log_level);
	kh_agent_settings_done(&settings);
	if (r == 0)
		puts(kh_text(call->language, KH_T_AGENT_CONFIG_GOOD));
	return r;
}

int kh_verb_role(struct kh_cli_call *call)
{
	static const struct {
		const char *name;
		int (*run)(int sock);
	} roles[] = {{"uplink", kh_uplink_main}, {"scan", kh_scan_job_main}};
	for (size_t i = 0; i < KH_COUNT(roles); i++)
		if (kh_streq(roles[i].name, call->args[0]))
			return roles[i].run(KH_WORKER_SOCK);
	return kh_fail(KH_E_USAGE, "unknown role %s", call->args[0]);
}

int main(int argc, char **argv)
{
	return kh_cli_main(&kh_cli_khien_agent, argc, argv);
}
