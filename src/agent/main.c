#include "agent/broker.h"
#include "agent/content_job.h"
#include "agent/scan_job.h"
#include "agent/search_job.h"
#include "agent/take_away.h"
#include "agent/uplink.h"
#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "gen/cli_khien_agent.h"
#include "guard/guard.h"
#include "isolation/isolation.h"
#include "os/settings.h"
#include "sandbox/worker.h"

#include <stdio.h>

#define SETTINGS_FILE "/etc/khien/agent.yaml"

static void settings_done(struct kh_agent_settings *settings)
{
	kh_settings_done(settings, KH_AGENT_SETTINGS);
}
#define auto_settings KH_CLEANUP(settings_done)

/* The file, then the options. */
static int load_settings(struct kh_cli_call *call, struct kh_agent_settings *ret)
{
	const char *const *pairs = NULL, *state = kh_cli_text(call, "state");
	size_t n = kh_cli_list(call, "set", &pairs);
	int r = kh_settings_load(ret, KH_AGENT_SETTINGS, kh_cli_text(call, "config"), SETTINGS_FILE);
	if (r == 0 && state)
		r = kh_settings_set(ret, KH_AGENT_SETTINGS, "state", state);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = kh_settings_set_pair(ret, KH_AGENT_SETTINGS, pairs[i]);
	return r < 0 ? r : kh_settings_check(ret, KH_AGENT_SETTINGS);
}

int kh_verb_run(struct kh_cli_call *call)
{
	auto_settings struct kh_agent_settings settings = {0};
	kh_log_set_program("khien-agent");
	int r = load_settings(call, &settings);
	if (r < 0)
		return r;
	kh_log_set_level((enum kh_log_level)kh_settings_place(KH_AGENT_SETTINGS, "log_level", settings.log_level));
	return kh_broker_run(&settings);
}

int kh_verb_check_config(struct kh_cli_call *call)
{
	auto_settings struct kh_agent_settings settings = {0};
	int r = load_settings(call, &settings);
	if (r == 0)
		puts(kh_text(call->language, KH_T_AGENT_CONFIG_GOOD));
	return r;
}

/* Before the network is there (packaging/agent/khien-isolation.service), so that nothing leaves the machine before the broker runs. */
int kh_verb_isolate(struct kh_cli_call *call)
{
	auto_settings struct kh_agent_settings settings = {0};
	bool put = false;
	kh_log_set_program("khien-agent");
	int r = load_settings(call, &settings);
	if (r == 0 && settings.orders_isolate) /* else the broker ends it, and says so */
		r = kh_isolation_put_again(settings.state, &put);
	if (r == 0 && put)
		kh_log(KH_LOG_WARNING, "this machine is isolated: the rules are there before the network");
	return r;
}

int kh_verb_role(struct kh_cli_call *call)
{
	static const struct {
		const char *name;
		int (*run)(int sock);
	} roles[] = {{"uplink", kh_uplink_main}, {"scan", kh_scan_job_main}, {"search", kh_search_job_main}, {"content", kh_content_job_main}, {"guard", kh_guard_main}, {"take", kh_take_away_main}};
	for (size_t i = 0; i < KH_COUNT(roles); i++)
		if (kh_streq(roles[i].name, call->args[0]))
			return roles[i].run(KH_WORKER_SOCK);
	return kh_fail(KH_E_USAGE, "role %s: expected uplink, scan, search, content, guard or take", call->args[0]);
}

int main(int argc, char **argv)
{
	return kh_cli_main(&kh_cli_khien_agent, argc, argv);
}
