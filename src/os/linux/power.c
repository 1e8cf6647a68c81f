#include "os/power.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/str.h"
#include "os/file.h"

#include <dirent.h>

/* One line of a file of a supply; "" when it is not there. */
static char *attribute(const char *folder, const char *supply, const char *name)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	kh_auto_free char *path = kh_format("%s/%s/%s", folder, supply, name);
	kh_ignore(kh_file_read(path, KH_KIB, &text));
	kh_auto_free char *line = kh_buf_take(&text);
	return kh_strdup(line ? kh_trim(line) : "");
}

static void close_folder(DIR **d)
{
	if (*d)
		closedir(*d);
}

bool kh_power_on_battery(const char *root)
{
	kh_auto_free char *folder = kh_format("%s/sys/class/power_supply", root);
	KH_CLEANUP(close_folder) DIR *d = opendir(folder);
	bool battery = false, on_line = false;
	for (struct dirent *e = NULL; d && (e = readdir(d)) != NULL;) {
		if (e->d_name[0] == '.')
			continue;
		kh_auto_free char *type = attribute(folder, e->d_name, "type"), *scope = attribute(folder, e->d_name, "scope");
		kh_auto_free char *online = attribute(folder, e->d_name, "online"), *status = attribute(folder, e->d_name, "status");
		if (kh_streq(scope, "Device"))
			continue;
		if (kh_streq(type, "Battery"))
			battery = battery || kh_streq(status, "Discharging");
		else if (!kh_streq(type, "UPS"))
			on_line = on_line || kh_streq(online, "1");
	}
	return battery && !on_line;
}
