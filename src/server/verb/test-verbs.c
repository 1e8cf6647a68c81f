/* The verbs as they are typed: one after the other on one data directory, each with its exit status and a part of what it says. */
#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "base/test.h"
#include "base/test_dir.h"
#include "db/db.h"
#include "gen/cli_khien_server.h"
#include "os/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static char dir[] = "/tmp/khien-verbs-XXXXXX";

struct step {
	const char *words; /* split at blanks; "_" in a word is a blank */
	const char *input; /* standard input; NULL: empty */
	int status;
	const char *out, *err; /* parts that must be there; NULL: not looked at */
	bool bare;             /* without --config and --data of the test */
};

#define MAX_WORDS 24

static size_t split(char *words, char *argv[MAX_WORDS])
{
	size_t n = 0;
	for (char *rest = words, *word = NULL; (word = kh_split(&rest, " ")) != NULL;) {
		kh_assert(n + 1 < MAX_WORDS);
		for (char *p = strchr(word, '_'); p; p = strchr(p, '_'))
			*p = ' ';
		argv[n++] = word;
	}
	argv[n] = NULL;
	return n;
}

static int redirect(int to, const char *path, int flags)
{
	fflush(NULL);
	int kept = dup(to), fd = open(path, flags | O_CLOEXEC, 0600);
	kh_assert(kept >= 0 && fd >= 0 && dup2(fd, to) == to);
	close(fd);
	return kept;
}

static void put_back(int to, int kept)
{
	fflush(NULL);
	kh_assert(dup2(kept, to) == to);
	close(kept);
}

static char *text_of(const char *path)
{
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	assert_int_equal(kh_file_read(path, KH_MIB, &b), 0);
	return kh_buf_take(&b);
}

/* Runs one command line in this process; gives the exit status and what was printed. */
static int run(const char *words, const char *input, char **ret_out, char **ret_err)
{
	kh_auto_free char *in = kh_format("%s/in", dir), *out = kh_format("%s/out", dir), *err = kh_format("%s/err", dir),
			  *line = kh_format("khien-server %s", words);
	char *argv[MAX_WORDS] = {NULL};
	size_t n = split(line, argv);
	assert_int_equal(kh_file_replace(in, input ? input : "", input ? strlen(input) : 0, 0600), 0);
	assert_non_null(freopen(in, "r", stdin)); /* a buffer of its own each time */
	int kept_out = redirect(STDOUT_FILENO, out, O_WRONLY | O_CREAT | O_TRUNC), kept_err = redirect(STDERR_FILENO, err, O_WRONLY | O_CREAT | O_TRUNC);
	int status = kh_cli_main(&kh_cli_khien_server, (int)n, argv);
	put_back(STDOUT_FILENO, kept_out);
	put_back(STDERR_FILENO, kept_err);
	*ret_out = text_of(out);
	*ret_err = text_of(err);
	return status;
}

static void follow(const struct step *steps, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		kh_auto_free char *own = kh_format(" --config %s/server.yaml --data %s/data", dir, dir),
				  *words = kh_format("%s%s", steps[i].words, steps[i].bare ? "" : own), *out = NULL, *err = NULL;
		int status = run(words, steps[i].input, &out, &err);
		if (status != steps[i].status)
			fail_msg("%s: status %d, not %d: %s%s", steps[i].words, status, steps[i].status, out, err);
		if (steps[i].out && !strstr(out, steps[i].out))
			fail_msg("%s: \"%s\" lacks \"%s\"", steps[i].words, out, steps[i].out);
		if (steps[i].err && !strstr(err, steps[i].err))
			fail_msg("%s: \"%s\" lacks \"%s\"", steps[i].words, err, steps[i].err);
	}
}

/* Each test goes on with the store the ones before it left. */

static void init_makes_the_first_unit_and_user_once(void **state)
{
	(void)state;
	static const struct step steps[] = {
		{"user list", NULL, 2, NULL, "khien-server init"},
		{"init --unit-kind castle", NULL, 2, NULL, "--unit-kind castle: cần một trong: province, ward"},
		{"init --unit-code Phường", NULL, 2, NULL, "mã \"Phường\": cần tối đa"},
		{"init --admin 1", NULL, 2, NULL, "tên đăng nhập \"1\""},
		{"user list", NULL, 2, NULL, "khien-server init"}, /* nothing was made */
		{"restore /nowhere/backup", NULL, 2, NULL, "/nowhere/backup"},
		{"init --unit-name Phường_Hoa_Mai --unit-code phuong", NULL, 0, "Mật khẩu của admin: ", NULL},
		{"init", NULL, 0, "Đã có:  đơn vị phuong", NULL},
		{"init --unit-name Phường_Hoa_Mai --admin admin", NULL, 0, "Đã có:  đơn vị phuong", NULL}, /* what is there */
		{"init --unit-name Phường_Khác", NULL, 2, NULL, "khien-server unit rename phuong \"Phường Khác\""},
		{"init --unit-code khac", NULL, 2, NULL, "có mã phuong"},
		{"init --unit-kind school", NULL, 2, NULL, "thuộc loại ward"},
		{"init --admin lan", NULL, 2, NULL, "khien-server user add lan --role admin"},
		{"init --json", NULL, 0, "\"made\":[],\"unit\":\"phuong\",\"user\":\"admin\",\"password\":null", NULL},
	};
	follow(steps, KH_COUNT(steps));
}

#define DECIDED " --decision 1/QĐ --decided-on 2026-01-02 --proof /etc/hosts"

static void units_make_a_tree_of_two_lines(void **state)
{
	(void)state;
	static const struct step steps[] = {
		{"unit add Trường_Hoa_Đào --kind school", NULL, 0, "truong-hoa-dao", NULL},
		{"unit add Công_an --kind police --code cong-an", NULL, 0, "cong-an", NULL},
		{"unit add Tổ_1 --under cong-an --police-under truong-hoa-dao", NULL, 0, "to-1", NULL},
		{"unit add Tổ_2 --code cong-an", NULL, 2, NULL, "Đã có: đơn vị cong-an"},
		{"unit add Tổ_2 --under nowhere", NULL, 2, NULL, "Không có đơn vị này: nowhere"},
		{"unit add Tổ_2 --kind castle", NULL, 2, NULL, "--kind castle: cần một trong: province, ward, department"},
		{"unit list", NULL, 0, "├─ Công an  [cong-an] Công an\n│  └─ Tổ 1  [to-1]", NULL},
		{"unit list --json --unit cong-an", NULL, 0, "\"code\":\"to-1\"", NULL},
		{"unit list --unit nowhere", NULL, 2, NULL, "nowhere"},
		{"unit move cong-an --under to-1" DECIDED, NULL, 2, NULL, "Không thể đặt đơn vị vào vị trí đó: to-1 nằm dưới đơn vị này"},
		{"unit move to-1 --under phuong", NULL, 2, NULL, "--decision"},
		{"unit move to-1 --under phuong --decision 1/QĐ --decided-on 2026-01-02 --proof /nowhere", NULL, 2, NULL, "/nowhere"},
		{"unit move to-1 --under phuong --decision 1/QĐ --decided-on 02/01/2026 --proof /etc/hosts", NULL, 2, NULL, "YYYY-MM-DD"},
		{"unit move to-1 --under phuong" DECIDED, NULL, 0, NULL, NULL},
		{"unit move to-1", NULL, 2, NULL, "--under"},
		{"unit move to-1 --line police --none" DECIDED, NULL, 0, NULL, NULL},
		{"unit move to-1 --line sideways --none", NULL, 2, NULL, "--line sideways: cần một trong: admin, police"},
		{"unit rename to-1 Tổ_một", NULL, 0, NULL, NULL},
		{"unit merge to-1", NULL, 2, NULL, "--into"},
		{"unit merge to-1 --into cong-an" DECIDED, NULL, 0, "to-1", NULL},
		{"unit list --ended", NULL, 0, "sáp nhập", NULL},
		{"unit end phuong" DECIDED, NULL, 2, NULL, "Đang được dùng: phuong vẫn còn 1 người dùng"},
		{"unit holdings cong-an", NULL, 0, "Vị trí", NULL},
		{"unit holdings phuong --json", NULL, 0, "\"what\":\"user\",\"id\":\"admin\"", NULL},
		{"unit split cong-an", NULL, 2, NULL, "--parts"},
		{"unit split cong-an --dry-run --parts /dev/stdin", "nothing", 2, NULL, NULL},
		{"unit split cong-an --dry-run --parts /dev/stdin", "[{\"name\": \"Tổ 3\", \"kind\": \"police\"}]", 0, "Tổ 3 [to-3]: 0 máy", NULL},
		{"unit split cong-an --parts /dev/stdin", "[{\"name\": \"Tổ 3\", \"kind\": \"police\"}]", 2, NULL, "--decision"},
		{"unit split cong-an --parts /dev/stdin" DECIDED, "[{\"name\": \"Tổ 3\", \"kind\": \"police\"}]", 0, "Đã chia tách cong-an", NULL},
		{"unit split to-3 --end --json --parts /dev/stdin" DECIDED, "[{\"name\": \"Tổ 4\", \"kind\": \"police\", \"rest\": true}]", 0, "\"ended\":true", NULL},
		{"unit end truong-hoa-dao" DECIDED, NULL, 0, NULL, NULL},
	};
	follow(steps, KH_COUNT(steps));
}

static void users_have_names_roles_and_passwords(void **state)
{
	(void)state;
	static const struct step steps[] = {
		{"user add hoa.mai --role officer --full-name Hoa_Mai", "Hoa-Mai-Vang-2026\n", 0, "Đã thêm người dùng hoa.mai", NULL},
		{"user add hoa.mai", "Hoa-Mai-Vang-2026\n", 2, NULL, "Đã có: người dùng hoa.mai"},
		{"user add lan", "matkhau\n", 2, NULL, "Mật khẩu chưa đủ mạnh: mật khẩu phải có ít nhất 12 ký tự"},
		{"user add lan --role emperor", "Hoa-Mai-Vang-2026\n", 2, NULL, "--role emperor: cần một trong: admin, officer, leader, police, viewer"},
		{"user add lan", NULL, 0, "Mật khẩu (chỉ hiện lần này", NULL},
		{"user add mai --generate --unit cong-an", NULL, 0, "Mật khẩu (chỉ hiện lần này", NULL},
		{"user passwd lan", "Cay-Da-Ben-Song-77\n", 0, "lan", NULL},
		{"user passwd nobody", NULL, 2, NULL, "Không tìm thấy: người dùng nobody"},
		{"user disable lan", NULL, 0, NULL, NULL},
		{"user list", NULL, 0, "đã khóa", NULL},
		{"user enable lan", NULL, 0, NULL, NULL},
		{"user disable admin", NULL, 2, NULL, "Phải luôn còn ít nhất một quản trị viên đăng nhập được: admin là"},
		{"user list --json", NULL, 0, "\"name\":\"hoa.mai\",\"full_name\":\"Hoa Mai\",\"role\":\"officer\"", NULL},
	};
	follow(steps, KH_COUNT(steps));
}

static void tokens_are_made_and_revoked(void **state)
{
	(void)state;
	static const struct step steps[] = {
		{"token create --uses 3 --expires 2d", NULL, 0, "https://khien.example.vn:8443/e/", NULL},
		{"token create --unit cong-an --qr", NULL, 0, "█▀", NULL},
		{"token create --json", NULL, 0, "\"url\":\"https://khien.example.vn:8443/e/", NULL},
		{"token create --unit to-1", NULL, 2, NULL, "Đơn vị đã kết thúc"},
		{"token create --uses 0", NULL, 2, NULL, "--uses 0: cần một số nguyên từ 1 đến 10000, ví dụ --uses 2"},
		{"token create --expires 5y", NULL, 2, NULL, "--expires 5y: cần một khoảng thời gian từ 1m đến 365d, ví dụ 90s (giây), 15m (phút)"},
		{"token revoke 1", NULL, 0, NULL, NULL},
		{"token revoke 99", NULL, 2, NULL, "mã ghi danh số 99"},
		{"token revoke one", NULL, 2, NULL, "token list"},
		{"token list", NULL, 0, "đã hủy", NULL},
		{"token list --json --unit cong-an", NULL, 0, "\"id\":2", NULL},
	};
	follow(steps, KH_COUNT(steps));
}

static void machines_are_named(void **state)
{
	(void)state;
	static const struct step steps[] = {
		{"endpoint list", NULL, 0, "Tên máy", NULL},
		{"endpoint show nothing", NULL, 2, NULL, "máy nothing"},
		{"endpoint revoke nothing", NULL, 2, NULL, "máy nothing"},
	};
	follow(steps, KH_COUNT(steps));
}

static void the_audit_trail_is_shown_and_verified(void **state)
{
	(void)state;
	static const struct step steps[] = {
		{"audit list --limit 2", NULL, 0, "Hủy mã ghi danh", NULL},
		{"audit list --json", NULL, 0, "\"action\":\"unit.merge\"", NULL},
		{"audit verify", NULL, 0, "Nhật ký nguyên vẹn", NULL},
		{"audit verify --json", NULL, 0, "\"intact\":true", NULL},
	};
	follow(steps, KH_COUNT(steps));
}

static void the_configuration_is_checked(void **state)
{
	(void)state;
	static const struct step steps[] = {
		{"check-config", NULL, 0, "Cấu hình đúng", NULL},
		{"check-config --set listen=8443", NULL, 2, NULL, "listen: \"8443\": cần ĐỊA-CHỈ-IP:CỔNG, ví dụ 0.0.0.0:8443"},
		{"check-config --set session.idle=soon", NULL, 2, NULL, "session.idle: cần một khoảng thời gian từ 1m đến 1d"},
		{"check-config --set login.lock=2h", NULL, 2, NULL, "login.lock_max: không được nhỏ hơn login.lock"},
		{"check-config --set nothing=1", NULL, 2, NULL, "nothing"},
		{"check-config --set nothing", NULL, 2, NULL, "MỤC=GIÁ-TRỊ"},
		{"check-config --config /nowhere/server.yaml", NULL, 2, NULL, "/nowhere/server.yaml", true},
		{"check-config", NULL, 0, "tệp gói nội dung trong", NULL},
		{"check-config --set packs=/nowhere", NULL, 2, NULL, "/nowhere: không có gói nội dung; hãy chỉ chỗ"},
		{"report --set packs=/nowhere", NULL, 2, NULL, "/nowhere: không có gói nội dung; hãy chỉ chỗ"},
	};
	follow(steps, KH_COUNT(steps));
}

static void demands_are_asked_for_by_row_directive_and_state(void **state)
{
	(void)state;
	static const struct step steps[] = {
		{"demo", NULL, 2, NULL, "không trống: số liệu mẫu phải nằm trong thư mục riêng"},
		{"demands --row 0-0", NULL, 0, "binh-chanh-2024\n0-0 ", NULL},
		{"demands --row 0-0 --json", NULL, 0, "\"directive\":\"binh-chanh-2024\",\"clause\":\"Trích yếu (V/v)\",\"text\":\"V/v rà soát", NULL},
		{"demands --state met", NULL, 0, "Không có dòng nào như vậy", NULL}, /* of an empty store */
		{"demands --row 9-9", NULL, 2, NULL, "không có dòng 9-9"},
		{"demands --directive nowhere", NULL, 2, NULL, "nowhere: cần một trong các giá trị bien-hoa-2024"},
		{"demands --state good", NULL, 2, NULL, "--state good: cần một trong: met, partly"},
	};
	follow(steps, KH_COUNT(steps));
}

static void wrong_use_is_named(void **state)
{
	(void)state;
	static const struct step steps[] = {
		{"nonsense", NULL, 2, NULL, "không có lệnh nonsense; gõ khien-server --help", true},
		{"user", NULL, 2, NULL, "khien-server user: cần một trong: add, passwd, list, disable, enable", true},
		{"unit _", NULL, 2, NULL, "khien-server unit  : cần một trong: add, move, rename, merge, end, split, holdings, list", true},
		{"token frob", NULL, 2, NULL, "khien-server token frob: cần một trong: create, list, revoke", true},
		{"endpoint", NULL, 2, NULL, "cần một trong: list, show, revoke", true},
		{"user --help", NULL, 0, "user passwd NAME", NULL, true},
		{"token create --expires 5s", NULL, 2, NULL, "từ 1m đến 365d"},
		{"token create --qr --json", NULL, 0, "\"qr_svg\":\"<svg", NULL},
		{"user list --nonsense", NULL, 2, NULL, "--nonsense"},
		{"backup /nowhere/backup", NULL, 2, NULL, "/nowhere/backup"},
		{"import /nowhere/file", NULL, 2, NULL, "/nowhere/file"},
		{"restore /etc/hostname", NULL, 2, NULL, "Đã có"},
	};
	follow(steps, KH_COUNT(steps));
}

static void english_is_spoken(void **state)
{
	(void)state;
	setenv("KHIEN_LANG", "en", 1);
	static const struct step steps[] = {
		{"init", NULL, 0, "Existed: unit phuong", NULL},
		{"unit list --unit nowhere", NULL, 2, NULL, "Unknown unit: nowhere"},
		{"user list", NULL, 0, "Last login", NULL},
	};
	follow(steps, KH_COUNT(steps));
	setenv("KHIEN_LANG", "vi", 1);
}

static void broken_log_gives_one(void **state)
{
	(void)state;
	kh_auto_free char *url = kh_format("sqlite:%s/data/khien.db", dir);
	kh_auto_db struct kh_db *db = NULL;
	assert_int_equal(kh_db_open(url, NULL, &db), 0);
	assert_int_equal(kh_db_run(db, "UPDATE audit SET actor = 'x' WHERE id = 3"), 0);
	static const struct step steps[] = {
		{"audit verify", NULL, 1, "Nhật ký đã bị sửa: dòng 3: nội dung không khớp mã băm", NULL},
		{"audit verify --json", NULL, 1, "\"broken_id\":3", NULL},
	};
	follow(steps, KH_COUNT(steps));
}

static int make_dir(void **state)
{
	(void)state;
	static const char settings[] = "listen: 127.0.0.1:8443\nnames: [khien.example.vn]\n";
	setenv("KHIEN_LANG", "vi", 1);
	if (!mkdtemp(dir))
		return -1;
	kh_auto_free char *path = kh_format("%s/server.yaml", dir);
	return kh_file_replace(path, settings, sizeof settings - 1, 0600);
}

static int remove_dir(void **state)
{
	(void)state;
	return kh_test_remove(dir);
}

KH_TESTS_WITH(make_dir, remove_dir, init_makes_the_first_unit_and_user_once, units_make_a_tree_of_two_lines, users_have_names_roles_and_passwords, tokens_are_made_and_revoked, machines_are_named,
	the_audit_trail_is_shown_and_verified, the_configuration_is_checked, demands_are_asked_for_by_row_directive_and_state, wrong_use_is_named, english_is_spoken, broken_log_gives_one)
