/* What this machine's agent is set to (/etc/khien/agent.yaml and agent.conf.d), for verbs that act as it does. */
#pragma once

#include "base/attr.h"
#include "gen/settings.h"

/* As far as this user may read them: what may not be read is as in no file at all. To be released by kh_machine_settings_done(). */
int kh_machine_settings(struct kh_agent_settings *ret) KH_MUST_USE;
void kh_machine_settings_done(struct kh_agent_settings *settings);

/* The content store that the agent uses (content.store); the program's for as long as it runs. With settings that hold an error, which standard error is told, the usual one. */
const char *kh_machine_store(void);
