#include "facts/format/inputdevices.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "facts/limits.h"

#include <stdio.h>

static uint64_t hex_behind(const char *line, const char *name)
{
	const char *at = strstr(line, name);
	return at ? strtoull(at + strlen(name), NULL, 16) : 0;
}

static void copy_behind(char *line, const char *name, char *out, size_t size)
{
	const char *at = strstr(line, name);
	char *value = at ? line + (at - line) + strlen(name) : NULL;
	if (!value)
		return;
	value = kh_trim(value);
	size_t length = strlen(value);
	if (length >= 2 && value[0] == '"' && value[length - 1] == '"') {
		value[length - 1] = '\0';
		value++;
	}
	snprintf(out, size, "%s", value);
}

static void take_line(char *line, struct kh_input_device *d)
{
	switch (line[0]) {
	case 'I':
		d->bus = (uint16_t)hex_behind(line, "Bus=");
		d->vendor = (uint16_t)hex_behind(line, "Vendor=");
		d->product = (uint16_t)hex_behind(line, "Product=");
		break;
	case 'N':
		copy_behind(line, "Name=", d->name, sizeof d->name);
		break;
	case 'P':
		copy_behind(line, "Phys=", d->phys, sizeof d->phys);
		break;
	case 'H':
		copy_behind(line, "Handlers=", d->handlers, sizeof d->handlers);
		break;
	case 'B':
		if (strstr(line, "EV="))
			d->events = hex_behind(line, "EV=");
		d->has_keys |= strstr(line, "KEY=") != NULL;
		break;
	default:
		break;
	}
}

int kh_input_devices_parse(const char *text, size_t n, struct kh_input_devices *ret)
{
	kh_auto_free char *copy = kh_strndup(text ? text : "", text ? n : 0);
	struct kh_input_device device = {0};
	bool begun = false;
	for (char *rest = copy, *line = NULL; (line = kh_split(&rest, "\n")) != NULL;) {
		bool field = line[0] && line[1] == ':';
		if (field) {
			take_line(line, &device);
			begun = true;
		}
		if (begun && (!field || !rest)) { /* an empty line, or the end */
			if (ret->n == KH_FACTS_MAX_ENTRIES)
				return kh_fail(KH_E_TOO_LARGE, "more than %d input devices", KH_FACTS_MAX_ENTRIES);
			kh_array_push(ret, device);
			device = (struct kh_input_device){0};
			begun = false;
		}
	}
	return 0;
}
