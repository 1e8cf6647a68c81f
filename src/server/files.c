#include "server/files.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/str.h"
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

char *kh_data_path(const char *data_dir, const char *file)
{
	return kh_format("%s/%s", data_dir, file);
}

int kh_data_read(const char *data_dir, const char *file, char **ret)
{
	kh_auto_free char *path = kh_data_path(data_dir, file);
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	int r = kh_file_read(path, KH_X509_MAX_PEM, &text);
	if (r == 0)
		*ret = kh_buf_take(&text);
	return r;
}

int kh_data_write(const char *data_dir, const char *file, const char *text)
{
	kh_auto_free char *path = kh_data_path(data_dir, file);
	int r = kh_file_replace(path, text, strlen(text), 0600);
	kh_data_adopt(data_dir, file);
	return r;
}

bool kh_data_has(const char *data_dir, const char *file)
{
	kh_auto_free char *path = kh_data_path(data_dir, file);
	return kh_file_exists(path);
}

void kh_data_adopt(const char *data_dir, const char *file)
{
	struct stat st = {0};
	kh_auto_free char *path = kh_data_path(data_dir, file);
	if (geteuid() == 0 && stat(data_dir, &st) == 0 && st.st_uid != 0)
		kh_ignore(lchown(path, st.st_uid, st.st_gid));
}

int kh_data_lock(const char *data_dir, int *ret_fd)
{
	kh_auto_free char *path = kh_data_path(data_dir, KH_FILE_LOCK);
	kh_auto_fd int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return kh_fail_errno("%s", path);
	kh_data_adopt(data_dir, KH_FILE_LOCK);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? kh_fail(KH_E_IN_USE, "%s: a khien-server runs on this directory", data_dir) : kh_fail_errno("%s", path);
	*ret_fd = fd;
	fd = -1;
	return 0;
}

/* ---- certificates ---- */

int kh_data_load_ca(const char *data_dir, struct kh_ca **ret)
{
	kh_auto_free char *certificate = NULL, *key = NULL;
	int r = kh_data_read(data_dir, KH_FILE_CA, &certificate);
	if (r == 0)
		r = kh_data_read(data_dir, KH_FILE_CA_KEY, &key);
	if (r == 0)
		r = kh_ca_load(certificate, key, ret);
	return r < 0 ? kh_fail_in(r, "certificate authority") : 0;
}

/* The first line of server.pem (before the PEM, where its readers look at nothing): what it was made for. */
static char *purpose_of(const struct kh_server_settings *settings, const struct kh_ca *ca)
{
	char pin[KH_PIN_SIZE] = "";
	kh_ignore(kh_x509_pin(kh_ca_certificate(ca), pin));
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_buf_addf(&b, "authority %s names", pin);
	for (char **name = settings->names; name && *name; name++)
		kh_buf_addf(&b, " %s", *name);
	kh_buf_addc(&b, '\n');
	return kh_buf_take(&b);
}

static bool still_good(const char *pem, const char *purpose, int64_t now_s)
{
	struct kh_certificate_info info = {0};
	if (!pem || !kh_starts_with(pem, purpose) || kh_x509_info(pem, &info) < 0)
		return false;
	return info.not_after_s - now_s > KH_SERVER_LIFETIME_S / 3;
}

static int issue(const struct kh_server_settings *settings, const struct kh_ca *ca, const char *old_key, int64_t now_s, const char *purpose)
{
	struct kh_server_names names = {.names = (const char *const *)settings->names};
	for (char **name = settings->names; name && *name; name++)
		names.n++;
	kh_auto_free char *certificate = NULL, *key = NULL;
	int r = kh_ca_issue_server(ca, &names, old_key, now_s, KH_SERVER_LIFETIME_S, &certificate, &key);
	if (r < 0)
		return r;
	kh_auto_free char *chain = kh_format("%s%s%s", purpose, certificate, kh_ca_certificate(ca));
	/* The key first: a certificate without its key cannot be served, a key without certificate is used at the next try. */
	if (!old_key)
		r = kh_data_write(settings->data, KH_FILE_KEY, key);
	return r < 0 ? r : kh_data_write(settings->data, KH_FILE_CERTIFICATE, chain);
}

int kh_data_renew_certificate(const struct kh_server_settings *settings, const struct kh_ca *ca, int64_t now_s, bool *ret_made)
{
	kh_auto_free char *purpose = purpose_of(settings, ca), *pem = NULL, *key = NULL;
	int r = kh_data_has(settings->data, KH_FILE_KEY) ? kh_data_read(settings->data, KH_FILE_KEY, &key) : 0;
	if (r == 0 && key && kh_data_has(settings->data, KH_FILE_CERTIFICATE))
		r = kh_data_read(settings->data, KH_FILE_CERTIFICATE, &pem);
	if (r < 0)
		return r;
	bool good = still_good(pem, purpose, now_s);
	if (!good)
		r = issue(settings, ca, key, now_s, purpose);
	if (r == 0)
		*ret_made = !good;
	return r;
}
