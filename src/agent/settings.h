/* The agent's settings from their files: /etc/khien/agent.yaml (or `path`), then the YAML files of agent.conf.d beside it in the order of their names. */
#pragma once

#include "base/attr.h"
#include "gen/settings.h"

#include <stdbool.h>

#define KH_AGENT_SETTINGS_FILE "/etc/khien/agent.yaml"

/* A `path` that is given must exist; the default one need not. KH_E_INVALID_CONFIG with file:line:column. On an error there is nothing to release. */
int kh_agent_settings_load(const char *path, struct kh_agent_settings *ret) KH_MUST_USE;
int kh_agent_settings_set(struct kh_agent_settings *s, const char *key, const char *value) KH_MUST_USE;
void kh_agent_settings_done(struct kh_agent_settings *s);
