/* Making a data directory: `khien-server init`. */
#include "server/server.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "crypto/password.h"
#include "os/file.h"
#include "server/files.h"
#include "server/unit/unit.h"

#include <inttypes.h>
#include <unistd.h>

static const char actor[] = "system";

void kh_server_made_done(struct kh_server_made *made)
{
	free(made->unit_code);
	free(made->admin_name);
	free(made->first_password);
	*made = (struct kh_server_made){0};
}

/* What a data directory that holds a database must not lose: a new authority would make strangers of all its machines. */
static int refuse_to_replace(const char *data, const char *file)
{
	if (!kh_data_has(data, KH_FILE_DATABASE))
		return 0;
	return kh_fail(KH_E_NOT_FOUND, "%s/%s is missing although there is a database: take it from a backup", data, file);
}

static int make_authority(const char *data, int64_t now_s, bool *ret_made)
{
	if (kh_data_has(data, KH_FILE_CA))
		return 0;
	int r = refuse_to_replace(data, KH_FILE_CA);
	kh_auto_ca struct kh_ca *ca = NULL;
	kh_auto_free char *key = NULL;
	if (r == 0)
		r = kh_ca_create("Khien CA", now_s, &ca);
	if (r == 0)
		r = kh_ca_key(ca, &key);
	/* The certificate last: it says that the key is there. */
	if (r == 0)
		r = kh_data_write(data, KH_FILE_CA_KEY, key);
	if (r == 0)
		r = kh_data_write(data, KH_FILE_CA, kh_ca_certificate(ca));
	*ret_made = r == 0;
	return r;
}

static int make_order_key(const char *data, bool *ret_made)
{
	if (kh_data_has(data, KH_FILE_ORDER_KEY))
		return 0;
	int r = refuse_to_replace(data, KH_FILE_ORDER_KEY);
	if (r < 0)
		return r;
	kh_auto_free char *path = kh_data_path(data, KH_FILE_ORDER_KEY);
	struct kh_sign_key key;
	kh_sign_key_create(&key);
	r = kh_sign_key_save(&key, path);
	kh_sign_key_done(&key);
	kh_data_adopt(data, KH_FILE_ORDER_KEY);
	*ret_made = r == 0;
	return r;
}

static int make_certificate(const struct kh_server_settings *settings, int64_t now_s, bool *ret_made)
{
	kh_auto_ca struct kh_ca *ca = NULL;
	int r = kh_data_load_ca(settings->data, &ca);
	return r < 0 ? r : kh_data_renew_certificate(settings, ca, now_s, ret_made);
}

/* ---- the first unit and administrator ---- */

struct filling {
	const struct kh_server_first *first;
	const struct kh_password *password;
	int64_t now_s;
	struct kh_server_made *made;
};

static struct kh_unit_new unit_of(const struct kh_server_first *first)
{
	return (struct kh_unit_new){.code = first->unit_code,
				    .name = first->unit_name,
				    .kind = first->unit_kind ? first->unit_kind : "ward"};
}

static int needs_a_name(void)
{
	return kh_fail(KH_E_USAGE, "the first unit needs a name, of which its code is made, for good: --unit-name NAME");
}

static int check_first(const struct kh_server_first *first, bool there)
{
	struct kh_unit_new unit = unit_of(first);
	unit.name = unit.name ? unit.name : "x"; /* what else was said of it is checked all the same */
	int r = kh_unit_check_new(&unit);
	if (r == 0 && first->admin_name)
		r = kh_user_check_name(first->admin_name);
	return r == 0 && !there && !first->unit_name ? needs_a_name() : r;
}

/* The top unit there is, or a new one. */
static int make_unit(struct kh_db *db, const struct filling *f, int64_t *ret_id)
{
	int64_t id = 0;
	int r = kh_db_int(db, &id, "SELECT MIN(id) FROM unit WHERE to_s IS NULL");
	const struct kh_unit_new unit = unit_of(f->first);
	f->made->unit = r == 0 && !id;
	if (f->made->unit && !unit.name)
		return needs_a_name();
	if (f->made->unit)
		r = kh_unit_add(db, &unit, actor, f->now_s, &id);
	if (r == 0)
		r = kh_db_text(db, &f->made->unit_code, "SELECT code FROM unit WHERE id = ?1", id);
	if (r == 0)
		*ret_id = id;
	return r;
}

static int fill(struct kh_db *db, void *arg)
{
	const struct filling *f = arg;
	int64_t unit = 0, user = 0;
	int r = make_unit(db, f, &unit);
	if (r < 0 || !f->password)
		return r;
	r = kh_user_add(db, &(struct kh_user_new){.name = f->made->admin_name, .role = "admin", .unit_id = unit}, f->password, actor, f->now_s, &user);
	kh_auto_free char *id = kh_format("%" PRId64, user);
	return r < 0 ? r : kh_db_run(db, "INSERT INTO meta(key, value) VALUES('first_password_user', ?1)", id);
}

/* A password for the administrator to be; written down before it is valid, so that none gets lost. */
static int prepare_password(const struct kh_server_settings *settings, struct kh_server_made *made, struct kh_password *ret)
{
	struct kh_password_policy policy = {.min_length = (size_t)settings->password_min_length, .min_classes = (int)settings->password_min_classes};
	made->first_password = kh_password_generate();
	int r = kh_user_prepare_password(&policy, made->admin_name, made->first_password, true, ret);
	kh_auto_free char *line = kh_format("%s\n", made->first_password);
	return r < 0 ? r : kh_data_write(settings->data, KH_FILE_FIRST_PASSWORD, line);
}

static int fill_server(struct kh_server *server, const struct kh_server_first *first, struct kh_server_made *made)
{
	struct kh_db *db = NULL;
	kh_auto_password struct kh_password password = {0};
	int r = kh_store_reader(server->store, &db);
	if (r == 0)
		r = kh_db_text(db, &made->admin_name, "SELECT name FROM app_user ORDER BY id LIMIT 1");
	made->admin = r == 0 && !made->admin_name;
	if (made->admin) {
		made->admin_name = kh_strdup(first->admin_name ? first->admin_name : "admin");
		r = prepare_password(&server->settings, made, &password);
	}
	struct filling f = {first, made->admin ? &password : NULL, kh_now_s(), made};
	if (r == 0)
		r = kh_store_write(server->store, fill, &f);
	if (r < 0 && made->admin) {
		kh_auto_free char *path = kh_server_path(server, KH_FILE_FIRST_PASSWORD);
		unlink(path);
	}
	return r;
}

/* ---- called again ---- */

static int refuse_other_unit(struct kh_db *db, const struct kh_server_first *first)
{
	kh_auto_unit struct kh_unit top = {0};
	int64_t id = 0;
	int r = kh_db_int(db, &id, "SELECT MIN(id) FROM unit WHERE to_s IS NULL");
	r = r < 0 || !id ? r : kh_unit_get(db, id, &top);
	if (r < 0 || !id)
		return r;
	if (first->unit_name && !kh_streq(first->unit_name, top.name))
		return kh_fail(KH_E_EXISTS, "the first unit is %s (%s): --unit-name does not change it; khien-server unit rename %s \"%s\" does", top.name, top.code, top.code, first->unit_name);
	if (first->unit_code && !kh_streq(first->unit_code, top.code))
		return kh_fail(KH_E_EXISTS, "the first unit has the code %s, which stays: leave --unit-code out, or add another unit with khien-server unit add NAME --code %s", top.code, first->unit_code);
	if (first->unit_kind && !kh_streq(first->unit_kind, top.kind))
		return kh_fail(KH_E_EXISTS, "the first unit is of the kind %s, which stays: leave --unit-kind out", top.kind);
	return 0;
}

static int refuse_other_admin(struct kh_db *db, const struct kh_server_first *first)
{
	kh_auto_free char *name = NULL;
	int r = kh_db_text(db, &name, "SELECT name FROM app_user ORDER BY id LIMIT 1");
	if (r < 0 || !name || !first->admin_name || kh_streq(first->admin_name, name))
		return r;
	return kh_fail(KH_E_EXISTS, "there is an administrator, %s: --admin is for the first; add another with khien-server user add %s --role admin", name, first->admin_name);
}

/* What was given for the first time only, and is not what is there: said, not passed over. */
static int refuse_others(struct kh_server *server, const struct kh_server_first *first)
{
	struct kh_db *db = NULL;
	int r = kh_store_reader(server->store, &db);
	r = r < 0 ? r : refuse_other_unit(db, first);
	return r < 0 ? r : refuse_other_admin(db, first);
}

/* ---- the whole ---- */

static int make_database(const char *data, bool *ret_made)
{
	bool there = kh_data_has(data, KH_FILE_DATABASE);
	kh_auto_free char *url = kh_format("sqlite:%s/%s", data, KH_FILE_DATABASE);
	kh_auto_store struct kh_store *store = NULL;
	int r = kh_store_open(url, &(struct kh_store_options){.create = true}, &store);
	kh_data_adopt(data, KH_FILE_DATABASE);
	*ret_made = r == 0 && !there;
	return r;
}

int kh_server_create(struct kh_server_settings *settings, const struct kh_server_first *first, struct kh_server_made *ret_made, struct kh_server **ret)
{
	struct kh_server_made made = {0};
	kh_auto_server struct kh_server *server = NULL;
	int64_t now_s = kh_now_s();
	int r = check_first(first, kh_data_has(settings->data, KH_FILE_DATABASE)); /* before anything is made */
	if (r == 0)
		r = kh_dir_make(settings->data, 0700);
	if (r == 0)
		r = make_authority(settings->data, now_s, &made.authority);
	if (r == 0)
		r = make_order_key(settings->data, &made.order_key);
	if (r == 0)
		r = make_certificate(settings, now_s, &made.certificate);
	if (r == 0)
		r = make_database(settings->data, &made.database);
	if (r == 0)
		r = kh_server_open(settings, &server);
	if (r == 0)
		r = refuse_others(server, first);
	if (r == 0)
		r = fill_server(server, first, &made);
	if (r < 0) {
		kh_server_made_done(&made);
		return r;
	}
	*ret_made = made;
	*ret = kh_take(server);
	return 0;
}
