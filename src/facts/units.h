/* systemd's units (*.service and *.timer) by their files and links, without asking systemd; and SysV start scripts. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>

enum kh_unit_enabled {
	KH_UNIT_DISABLED,
	KH_UNIT_ENABLED,
	KH_UNIT_STATIC,    /* has no [Install]: started by others */
	KH_UNIT_MASKED,    /* linked to /dev/null, or empty */
	KH_UNIT_ALIAS,     /* another name of `target` */
	KH_UNIT_GENERATED, /* made at start from another file */
};

struct kh_unit {
	char *name; /* "ssh.service"; instances with their name: "getty@tty1.service" */
	char *description, *program, *account; /* NULL when it does not say; program: first ExecStart */
	char *target; /* of an alias */
	enum kh_unit_enabled enabled;
	bool sysv; /* a start script, not a unit */
};

struct kh_units {
	struct kh_unit *v; /* sorted by name */
	size_t n, cap;
};

int kh_units_read(int root_fd, struct kh_units *ret) KH_MUST_USE;
void kh_units_done(struct kh_units *units);

/* By name, aliases followed; NULL when there is none. A name that ends with '*' finds the first that begins so. */
const struct kh_unit *kh_units_find(const struct kh_units *units, const char *name);

/* Comes up by itself: enabled or generated. */
bool kh_unit_is_enabled(const struct kh_units *units, const char *name);

const char *kh_unit_enabled_name(enum kh_unit_enabled enabled);
