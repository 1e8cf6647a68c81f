#include "search/place.h"

#include "base/alloc.h"
#include "base/str.h"

#include <string.h>
#include <strings.h>

static const char *const names[KH_PLACES] = {
	[KH_PLACE_OTHER] = "other",         [KH_PLACE_DOCUMENTS] = "documents", [KH_PLACE_DESKTOP] = "desktop", [KH_PLACE_DOWNLOADS] = "downloads", [KH_PLACE_MAIL] = "mail",
	[KH_PLACE_REMOVABLE] = "removable", [KH_PLACE_SHARE] = "share",         [KH_PLACE_SYSTEM] = "system",
};

const char *kh_search_place_name(enum kh_search_place p)
{
	return names[p];
}

bool kh_search_place_named(const char *name, enum kh_search_place *ret)
{
	for (int i = 0; i < KH_PLACES; i++)
		if (kh_streq(names[i], name)) {
			*ret = (enum kh_search_place)i;
			return true;
		}
	return false;
}

/* Folders as desktops and mail programs name them (xdg-user-dirs in English and Vietnamese, Windows' on a shared disk). */
static const struct {
	const char *folder;
	enum kh_search_place place;
} folders[] = {
	{"Documents", KH_PLACE_DOCUMENTS}, {"My Documents", KH_PLACE_DOCUMENTS}, {"Tài liệu", KH_PLACE_DOCUMENTS}, {"Desktop", KH_PLACE_DESKTOP}, {"Màn hình nền", KH_PLACE_DESKTOP},
	{"Màn hình", KH_PLACE_DESKTOP}, {"Bàn làm việc", KH_PLACE_DESKTOP}, {"Downloads", KH_PLACE_DOWNLOADS}, {"Tải xuống", KH_PLACE_DOWNLOADS}, {"Tải về", KH_PLACE_DOWNLOADS},
	{".thunderbird", KH_PLACE_MAIL}, {".icedove", KH_PLACE_MAIL}, {"evolution", KH_PLACE_MAIL}, {"Maildir", KH_PLACE_MAIL}, {"Mail", KH_PLACE_MAIL}, {".claws-mail", KH_PLACE_MAIL},
};

static const struct {
	const char *below;
	enum kh_search_place place;
} roots[] = {
	{"/var/mail/", KH_PLACE_MAIL}, {"/var/spool/mail/", KH_PLACE_MAIL}, {"/media/", KH_PLACE_REMOVABLE}, {"/run/media/", KH_PLACE_REMOVABLE}, {"/srv/", KH_PLACE_SHARE},
	{"/var/www/", KH_PLACE_SHARE}, {"/tmp/", KH_PLACE_SYSTEM}, {"/var/", KH_PLACE_SYSTEM}, {"/usr/", KH_PLACE_SYSTEM}, {"/opt/", KH_PLACE_SYSTEM}, {"/etc/", KH_PLACE_SYSTEM}, {"/boot/", KH_PLACE_SYSTEM},
};

static enum kh_search_place by_root(const char *path)
{
	for (size_t i = 0; i < KH_COUNT(roots); i++)
		if (kh_starts_with(path, roots[i].below))
			return roots[i].place;
	return KH_PLACE_OTHER;
}

static enum kh_search_place by_folder(const char *name, size_t n)
{
	for (size_t i = 0; i < KH_COUNT(folders); i++)
		if (strlen(folders[i].folder) == n && strncasecmp(folders[i].folder, name, n) == 0)
			return folders[i].place;
	return KH_PLACE_OTHER;
}

/* The last folder with a known name; the file's own name is none. */
static enum kh_search_place by_folders(const char *path)
{
	enum kh_search_place found = KH_PLACE_OTHER;
	for (const char *at = path, *end = NULL; *at == '/' && (end = strchr(at + 1, '/')) != NULL; at = end) {
		const enum kh_search_place here = by_folder(at + 1, (size_t)(end - at - 1));
		found = here != KH_PLACE_OTHER ? here : found;
	}
	return found;
}

static const struct kh_mounted *mount_of(const char *path, const struct kh_mounted_list *mounts)
{
	const struct kh_mounted *found = NULL;
	size_t longest = 0;
	for (size_t i = 0; mounts && i < mounts->n; i++) {
		const struct kh_mounted *m = &mounts->v[i];
		const size_t n = kh_streq(m->path, "/") ? 0 : strlen(m->path);
		if (strncmp(path, m->path, n) == 0 && path[n] == '/' && (!found || n >= longest)) {
			found = m;
			longest = n;
		}
	}
	return found;
}

enum kh_search_place kh_search_place_of(const char *path, const struct kh_mounted_list *mounts)
{
	const struct kh_mounted *m = mount_of(path, mounts);
	if (m && kh_mounted_is_remote(m))
		return KH_PLACE_SHARE;
	if (m && kh_mounted_is_removable("", m))
		return KH_PLACE_REMOVABLE;
	const enum kh_search_place root = by_root(path);
	if (root == KH_PLACE_REMOVABLE || root == KH_PLACE_MAIL)
		return root;
	const enum kh_search_place folder = by_folders(path);
	return folder != KH_PLACE_OTHER ? folder : root;
}

/* ---- names ---- */

/* 1 to 9, and ¹²³, which Windows takes for them. Where it ends; NULL: it is none. */
static const char *port_number(const char *at)
{
	static const char *const raised[] = {"¹", "²", "³"};
	for (size_t i = 0; i < KH_COUNT(raised); i++)
		if (kh_starts_with(at, raised[i]))
			return at + strlen(raised[i]);
	return *at >= '1' && *at <= '9' ? at + 1 : NULL;
}

/* A device of Windows, alone or before an ending, with or without blanks between: Windows makes no file of such a name. */
static bool is_device(const char *name)
{
	static const struct {
		const char *name;
		bool numbered;
	} devices[] = {{"con"}, {"conin$"}, {"conout$"}, {"prn"}, {"aux"}, {"nul"}, {"com", true}, {"lpt", true}};
	for (size_t i = 0; i < KH_COUNT(devices); i++) {
		const size_t n = strlen(devices[i].name);
		const char *end = strncasecmp(name, devices[i].name, n) != 0 ? NULL : devices[i].numbered ? port_number(name + n) : name + n;
		if (end)
			end += strspn(end, " ");
		if (end && (!*end || *end == '.'))
			return true;
	}
	return false;
}

char *kh_search_name_for_medium(const char *name)
{
	char *own = kh_strdup(name);
	for (char *p = own; *p; p++)
		if ((unsigned char)*p < ' ' || strchr("\\:*?\"<>|", *p) || ((*p == '.' || *p == ' ') && !p[1]))
			*p = '_';
	if (is_device(own))
		own[2] = '_';
	return own;
}
