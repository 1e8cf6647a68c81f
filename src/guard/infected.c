#include "guard/infected.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "base/str.h"
#include "crypto/base64.h"
#include "crypto/hash.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DETECTIONS 64

void kh_infected_done(struct kh_infected *i)
{
	for (size_t k = 0; k < i->detection_count; k++) {
		free(i->detections[k].engine);
		free(i->detections[k].rule);
		free(i->detections[k].member);
	}
	free(i->detections);
	free(i->folder);
	free(i->path);
	*i = (struct kh_infected){0};
}

static json_t *detection(const struct kh_detection *d)
{
	json_t *j = json_object();
	kh_json_set_text(j, "engine", d->engine);
	kh_json_set_text(j, "rule", d->rule);
	kh_json_set_text(j, "member", d->member);
	return j;
}

void kh_infected_write(const struct kh_infected *i, struct kh_buf *out)
{
	kh_auto_json json_t *j = json_object();
	json_t *list = json_array();
	char hex[KH_SHA256_HEX_SIZE];
	kh_auto_free char *path = kh_base64_text(i->path, strlen(i->path));
	kh_json_set_text(j, "folder", i->folder);
	kh_json_set_text(j, "path_bytes", path);
	kh_json_set_text(j, "sha256", kh_sha256_hex(i->sha256, hex));
	kh_json_set_int(j, "size", (int64_t)i->size);
	for (size_t k = 0; k < i->detection_count && json_array_size(list) < MAX_DETECTIONS; k++)
		if (!i->detections[k].suspicious)
			kh_assert(json_array_append_new(list, detection(&i->detections[k])) == 0);
	kh_assert(json_object_set_new(j, "detections", list) == 0);
	kh_auto_free char *text = kh_json_dump(j);
	kh_buf_adds(out, text);
}

static int read_detections(const json_t *list, struct kh_infected *i)
{
	size_t k = 0;
	json_t *one = NULL;
	int r = json_array_size(list) == 0 || json_array_size(list) > MAX_DETECTIONS ? kh_fail(KH_E_INVALID_FIELD, "field \"detections\"") : 0;
	i->detections = kh_alloc_array(MAX_DETECTIONS, sizeof *i->detections);
	json_array_foreach((json_t *)list, k, one) {
		const char *engine = NULL, *rule = NULL, *member = NULL;
		r = r < 0 ? r : kh_json_text(one, "engine", &engine);
		r = r < 0 ? r : kh_json_text(one, "rule", &rule);
		r = r < 0 ? r : kh_json_text_or(one, "member", NULL, &member);
		if (r == 0)
			i->detections[i->detection_count++] = (struct kh_detection){.engine = kh_strdup(engine), .rule = kh_strdup(rule), .member = kh_strdup(member)};
	}
	return r;
}

static int read_path(const char *text, struct kh_infected *i)
{
	char path[PATH_MAX];
	size_t n = 0;
	if (!kh_base64_read(text, path, sizeof path - 1, &n) || n == 0 || *path != '/' || memchr(path, '\0', n))
		return kh_fail(KH_E_INVALID_FIELD, "field \"path_bytes\"");
	i->path = kh_strndup(path, n);
	return 0;
}

int kh_infected_read(const void *json, size_t n, struct kh_infected *ret)
{
	kh_auto_json json_t *j = NULL;
	kh_auto_infected struct kh_infected i = {0};
	const char *folder = NULL, *path = NULL, *hash = NULL;
	int64_t size = 0;
	int r = kh_json_parse(json, n, &j);
	r = r < 0 ? r : kh_json_text_or(j, "folder", NULL, &folder);
	r = r < 0 ? r : kh_json_text(j, "path_bytes", &path);
	r = r < 0 ? r : kh_json_text(j, "sha256", &hash);
	r = r < 0 ? r : kh_json_int(j, "size", 0, INT64_MAX, &size);
	r = r < 0 ? r : read_path(path, &i);
	if (r == 0 && (strlen(hash) != 2 * sizeof i.sha256 || !kh_unhex(hash, i.sha256, sizeof i.sha256)))
		r = kh_fail(KH_E_INVALID_FIELD, "field \"sha256\"");
	r = r < 0 ? r : read_detections(json_object_get(j, "detections"), &i);
	if (r < 0)
		return r;
	i.folder = kh_strdup(folder);
	i.size = (uint64_t)size;
	*ret = i;
	i = (struct kh_infected){0};
	return 0;
}
